UPDATE folded SET seq = $hi
