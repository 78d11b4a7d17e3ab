SELECT min(seq), max(seq) FROM fresh
