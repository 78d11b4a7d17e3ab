-- The places of a situation: the step that holds such a transaction, and after how long that is a stall of which kind.
CREATE TABLE place (
    situation BIGINT NOT NULL,
    no INTEGER NOT NULL,
    step VARCHAR NOT NULL,
    compensates VARCHAR NOT NULL,
    owner VARCHAR,
    state VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    limit_ns BIGINT,
    limit_basis VARCHAR NOT NULL
);
