-- One row for each (transaction, step, attempt): a join-semilattice of what its records say.
-- *_key columns hold a rank or a time in front of the text, so that max() decides alike in any order.
CREATE TABLE step (
    txn BIGINT NOT NULL,
    step VARCHAR NOT NULL,
    compensates VARCHAR NOT NULL,
    attempt INTEGER NOT NULL,
    owner_key VARCHAR,
    first_ns BIGINT NOT NULL,
    last_ns BIGINT NOT NULL,
    commanded_ns BIGINT,
    started_ns BIGINT,
    restarted_ns BIGINT,
    waiting_ns BIGINT,
    retried_ns BIGINT,
    done_ns BIGINT,
    failed_ns BIGINT,
    executions BIGINT NOT NULL,
    exact BOOLEAN NOT NULL,
    explicit BOOLEAN NOT NULL,
    error_key VARCHAR
);
