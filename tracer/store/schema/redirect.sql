-- Ids that turned out to be an alias of another transaction, and the number of that one.
CREATE TABLE redirect (own BIGINT NOT NULL, txn BIGINT NOT NULL);
