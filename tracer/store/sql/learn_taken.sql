-- The transactions at hand are taken in, also those of which there is nothing to learn.
INSERT INTO lesson_txn FROM touched
