SELECT min(seq), max(seq) FROM shown
