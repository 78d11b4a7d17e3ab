-- How far the fold has come: the highest record.seq that was given, and the highest whose effect is in the state
-- tables. Two tables, because appends and the fold write them beside each other.
CREATE TABLE appended (seq BIGINT NOT NULL);
CREATE TABLE folded (seq BIGINT NOT NULL);
INSERT INTO appended VALUES (0);
INSERT INTO folded VALUES (0);
CREATE VIEW progress AS SELECT f.seq AS folded_seq, a.seq AS appended_seq FROM folded AS f, appended AS a;
