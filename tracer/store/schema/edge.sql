-- What a record without an id asks for. kind 1: a trace it links to (trace), 2: the message that caused
-- it (key), 3: an alias it names (key).
CREATE TABLE edge (seq BIGINT NOT NULL, trace_id UUID NOT NULL, kind UTINYINT NOT NULL, trace UUID NOT NULL, key UBIGINT NOT NULL);
