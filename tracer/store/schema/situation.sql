-- How transactions of a saga that is known can stand (all marks of their steps, as text), and what follows from it:
-- the outcome where it follows that they are over, and how long the whole transaction may take. `told` is the verdict as
-- text, to see whether another one follows later.
CREATE TABLE situation (
    id BIGINT NOT NULL, saga VARCHAR NOT NULL, marks VARCHAR NOT NULL, ends VARCHAR, limit_ns BIGINT, told VARCHAR NOT NULL
);
