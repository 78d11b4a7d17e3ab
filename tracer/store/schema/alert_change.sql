-- What became of alerts and silences, when, and by whom (null: by itself); append-only.
CREATE SEQUENCE alert_change_no START 1;
CREATE TABLE alert_change (
    no BIGINT NOT NULL, at_ns BIGINT NOT NULL, subject VARCHAR NOT NULL, what VARCHAR NOT NULL, author VARCHAR, detail VARCHAR NOT NULL
);
