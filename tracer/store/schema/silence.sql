-- No notices for alerts whose labels match, while starts_ns <= now < ends_ns.
CREATE TABLE silence (
    id VARCHAR NOT NULL,
    matchers VARCHAR[] NOT NULL,
    author VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    starts_ns BIGINT NOT NULL,
    ends_ns BIGINT NOT NULL,
    ended_by VARCHAR
);
