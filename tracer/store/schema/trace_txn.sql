-- The traces in which some record carries a transaction's id. A trace with several is ambiguous.
CREATE TABLE trace_txn (trace_id UUID NOT NULL, own BIGINT NOT NULL, at_ns BIGINT NOT NULL);
