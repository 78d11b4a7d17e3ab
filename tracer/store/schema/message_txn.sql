-- The messages that a record with an id of its own sent; key is the low half of the message id's MD5.
CREATE TABLE message_txn (key UBIGINT NOT NULL, own BIGINT NOT NULL, at_ns BIGINT NOT NULL);
