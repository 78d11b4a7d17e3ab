-- One row for each transaction: what its records say (a join-semilattice: min, max, or), and what
-- follows from its steps and hand-offs, as of the last fold. An open one is stuck, as `stall`, once `deadline_ns` has
-- passed (null: never); `limit_ns` is how long it may stand there since `since_ns`, and `limit_basis` who says so.
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
    lost_span UBIGINT,
    situation BIGINT,
    deadline_ns BIGINT,
    limit_ns BIGINT,
    limit_basis VARCHAR
);
