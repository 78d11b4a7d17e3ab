INSERT INTO placed SELECT seq, own, rule FROM placement WHERE own IS NOT NULL
