-- Other business ids that a record tied to its transaction; key is the low half of the value's MD5.
CREATE TABLE alias_txn (key UBIGINT NOT NULL, own BIGINT NOT NULL, kind VARCHAR NOT NULL, value VARCHAR NOT NULL);
