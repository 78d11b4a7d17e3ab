-- How far the fold has come: the highest record.seq whose effect is in the state tables.
CREATE TABLE progress (folded_seq BIGINT NOT NULL, appended_seq BIGINT NOT NULL);
INSERT INTO progress VALUES (0, 0);
