-- How far learning has come: the last record of the transactions that it took in, when what it knows was last made to count
-- less, and the sagas that something new came of.
CREATE TABLE lesson (seq BIGINT NOT NULL, faded_ns BIGINT NOT NULL);
INSERT INTO lesson VALUES (0, 0);
CREATE TABLE lesson_new (saga VARCHAR NOT NULL);
