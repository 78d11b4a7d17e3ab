-- The outbox: one row for each notice to each notifier, written in the commit that made it due. `notice` is JSON.
-- `no` is the order in which notices of one alert must be told.
CREATE SEQUENCE delivery_no START 1;
CREATE TABLE delivery (
    no BIGINT NOT NULL,
    id VARCHAR NOT NULL,
    alert VARCHAR NOT NULL,
    rule VARCHAR NOT NULL,
    notifier VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    tries INTEGER NOT NULL,
    error VARCHAR,
    created_ns BIGINT NOT NULL,
    due_ns BIGINT,
    begun_ns BIGINT,
    delivered_ns BIGINT,
    notice VARCHAR NOT NULL
);
