-- How far consumer groups have come: seen with this `committed` from since_ns to at_ns. consumer_past keeps the same
-- of the offsets that they had before, so that one can tell when a group passed an offset, and how fast it goes.
CREATE TABLE consumer (
    source VARCHAR NOT NULL,
    consumer_group VARCHAR NOT NULL,
    topic VARCHAR NOT NULL,
    partition INTEGER NOT NULL,
    committed BIGINT NOT NULL,
    log_end BIGINT NOT NULL,
    members INTEGER NOT NULL,
    since_ns BIGINT NOT NULL,
    at_ns BIGINT NOT NULL
);
CREATE TABLE consumer_past (
    source VARCHAR NOT NULL,
    consumer_group VARCHAR NOT NULL,
    topic VARCHAR NOT NULL,
    partition INTEGER NOT NULL,
    committed BIGINT NOT NULL,
    since_ns BIGINT NOT NULL,
    until_ns BIGINT NOT NULL
);
