UPDATE progress SET appended_seq = $last
