-- What rules found, one row for each group: its present state, or its last one while that is kept. `body` is the whole
-- alert as JSON; the columns are what is asked for. `what` is what the rule watches.
CREATE TABLE alert (
    id VARCHAR NOT NULL,
    rule VARCHAR NOT NULL,
    what VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    severity VARCHAR NOT NULL,
    since_ns BIGINT NOT NULL,
    resolved_ns BIGINT,
    body VARCHAR NOT NULL
);
