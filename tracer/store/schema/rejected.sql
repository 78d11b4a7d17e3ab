-- Messages that no decoder understood, as they came, with the reason; one by (source, topic, partition, offset).
-- size is what key, value and headers take in bytes.
CREATE SEQUENCE rejected_id START 1;
CREATE TABLE rejected (
    id BIGINT NOT NULL,
    source VARCHAR NOT NULL,
    topic VARCHAR NOT NULL,
    partition INTEGER NOT NULL,
    "offset" BIGINT NOT NULL,
    at_ns BIGINT NOT NULL,
    received_ns BIGINT NOT NULL,
    key BLOB,
    value BLOB,
    headers STRUCT(key VARCHAR, value BLOB)[] NOT NULL,
    size BIGINT NOT NULL,
    reason VARCHAR NOT NULL
);
