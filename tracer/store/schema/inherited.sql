-- Traces without any id of their own that a link, a cause or an alias of one of their records ties to a transaction.
CREATE TABLE inherited (trace_id UUID NOT NULL, own BIGINT NOT NULL);
