UPDATE progress SET folded_seq = $hi
