-- What the transactions in `course` say of each step.
CREATE TABLE course_fact (
    saga VARCHAR NOT NULL,
    step VARCHAR NOT NULL,
    compensates VARCHAR NOT NULL,
    owner VARCHAR,
    n DOUBLE NOT NULL,
    retried DOUBLE NOT NULL,
    retried_well DOUBLE NOT NULL,
    failed DOUBLE NOT NULL,
    most_attempts INTEGER NOT NULL,
    waits BOOLEAN NOT NULL,
    announces BOOLEAN NOT NULL
);
