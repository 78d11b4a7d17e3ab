-- How far learning has come: the last record of the transactions that it took in, when what it knows was last made to count
-- less, the sagas that something new came of, and the transactions that were taken in: late records do not count them again.
CREATE TABLE lesson (seq BIGINT NOT NULL, faded_ns BIGINT NOT NULL);
INSERT INTO lesson VALUES (0, 0);
CREATE TABLE lesson_new (saga VARCHAR NOT NULL);
CREATE TABLE lesson_txn (txn BIGINT NOT NULL);
