-- One row for each transaction: what its records say (a join-semilattice: min, max, or), and what
-- follows from its steps and hand-offs, as of the last fold.
CREATE TABLE txn (
    txn BIGINT NOT NULL,
    transaction_id VARCHAR NOT NULL,
    first_ns BIGINT NOT NULL,
    last_ns BIGINT NOT NULL,
    records BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    saga VARCHAR,
    style VARCHAR,
    outcome_key VARCHAR,
    error_key VARCHAR,
    status VARCHAR NOT NULL,
    ended_ns BIGINT,
    step VARCHAR,
    owner VARCHAR,
    state VARCHAR,
    since_ns BIGINT,
    basis VARCHAR,
    stall VARCHAR,
    lost_span UBIGINT
);
