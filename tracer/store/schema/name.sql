-- The ids that records carry, each with a dense number (`own`). key is the low half of the id's MD5:
-- integers join fast. A transaction's number is that of its id; `redirect` moves an id that is an alias.
CREATE TABLE name (key UBIGINT NOT NULL, transaction_id VARCHAR NOT NULL, own BIGINT NOT NULL);
