-- Candidates that joined for the first time: the fold takes their records in.
INSERT INTO joined SELECT seq, own FROM placement WHERE old_own IS NULL AND own IS NOT NULL
