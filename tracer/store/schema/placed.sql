-- Records without an id of their own that joined a transaction, and the rule that says so:
-- 2 alias, 3 trace, 4 nearest ancestor, 5 link, 6 causation.
CREATE TABLE placed (seq BIGINT NOT NULL, own BIGINT NOT NULL, rule UTINYINT NOT NULL);
