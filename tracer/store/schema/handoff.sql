-- One row for each message between participants that a producer's or a consumer's span told of, keyed
-- by the producer's span id: when it was sent, when it was taken.
CREATE TABLE handoff (
    txn BIGINT NOT NULL,
    span_id UBIGINT NOT NULL,
    sent_ns BIGINT,
    received_ns BIGINT
);
