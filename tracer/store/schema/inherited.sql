-- Traces without any id of their own that a link, a cause or an alias of one of their records ties to a
-- transaction, at most two of each trace (more than one is ambiguous, however many), and over how many links.
CREATE TABLE inherited (trace_id UUID NOT NULL, own BIGINT NOT NULL, hops UTINYINT NOT NULL);
