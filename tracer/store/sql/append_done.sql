UPDATE appended SET seq = $last
