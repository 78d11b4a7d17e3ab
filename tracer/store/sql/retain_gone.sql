-- The transactions without a record left, and the ids that stood for them.
CREATE OR REPLACE TEMP TABLE gone AS
WITH dead AS (SELECT txn FROM txn WHERE last_seq <= $upto)
SELECT txn AS own FROM dead
UNION
SELECT r.own FROM redirect AS r SEMI JOIN dead ON r.txn = dead.txn
