-- The values that narrow a pattern: a condition holds when the text at one of its paths is the value.
CREATE TABLE pattern_where (no INTEGER NOT NULL, condition INTEGER NOT NULL, path VARCHAR NOT NULL, value VARCHAR NOT NULL);
