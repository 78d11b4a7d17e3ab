-- Messages that are tied to a transaction for the first time.
CREATE OR REPLACE TEMP TABLE message_new AS
SELECT b.key, b.own, b.at_ns
FROM (
    SELECT md5_number_lower(r.message_id) AS key, n.own, min(r.at_ns) AS at_ns
    FROM record AS r JOIN fresh_name AS n ON r.transaction_id = n.transaction_id
    WHERE r.seq > $lo AND r.seq <= $hi AND r.message_id IS NOT NULL
    GROUP BY r.message_id, n.own
) AS b
ANTI JOIN (
    SELECT t.key, t.own FROM message_txn AS t JOIN fresh_name AS n ON t.own = n.own AND NOT n.is_new
) AS k ON b.key = k.key AND b.own = k.own
