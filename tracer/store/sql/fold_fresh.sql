-- What the state takes in now: the batch's records with an id, and records that joined; but not those of
-- transactions that are folded from the start.
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT coalesce(r.txn, b.own) AS txn, b.* EXCLUDE (own)
FROM (
    FROM batch_own
    UNION ALL BY NAME
    SELECT j.own, r.* FROM {{record_columns}} AS r JOIN joined AS j ON r.seq = j.seq WHERE r.seq > $floor
) AS b
LEFT JOIN redirect AS r ON r.own = b.own
ANTI JOIN refold ON refold.txn = coalesce(r.txn, b.own)
