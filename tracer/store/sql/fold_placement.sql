-- What changes: candidates that join a transaction for the first time (old_own null), move, or leave.
CREATE OR REPLACE TEMP TABLE placement AS
SELECT r.seq, p.own AS old_own, r.own, r.rule
FROM resolved AS r LEFT JOIN placed AS p ON p.seq = r.seq
WHERE p.own IS DISTINCT FROM r.own OR (p.own IS NOT NULL AND p.rule <> r.rule)
