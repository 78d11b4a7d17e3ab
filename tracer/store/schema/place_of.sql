-- From when the time at a place counts: the latest end of these steps, or with `begun` the beginning of the step itself.
CREATE TABLE place_of (
    situation BIGINT NOT NULL, no INTEGER NOT NULL, step VARCHAR NOT NULL, compensates VARCHAR NOT NULL, begun BOOLEAN NOT NULL
);
