-- What the names of records mean, as the definitions say: a step and a phase, or the end of the whole transaction. `phase`
-- null leaves that of the record. `shared`: several sagas have the name, so a record must name its saga itself.
CREATE TABLE pattern (
    no INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    saga VARCHAR NOT NULL,
    step VARCHAR,
    compensates VARCHAR,
    phase VARCHAR,
    outcome VARCHAR,
    conditions INTEGER NOT NULL,
    shared BOOLEAN NOT NULL
);
