-- The marks of the transactions in `touched`, with times as one clock would have them. Of times beyond all dates the nearest
-- is taken that can be reckoned with. Transactions of very many steps are left out: nobody else would go their way.
CREATE OR REPLACE TEMP TABLE learn_mark AS
SELECT txn, saga, step, compensates, word, owner, attempts, waits, announces, begun_ns + late_ns AS begin_ns,
       CASE WHEN NOT is_open THEN greatest(least(greatest(closed_ns, 0), 9000000000000000000), begun_ns) + late_ns END AS end_ns
FROM (
    SELECT s.txn, coalesce(t.saga, '') AS saga, s.step, s.compensates, s.word, s.owner, s.attempts, s.is_open, s.closed_ns,
           s.waiting_ns IS NOT NULL AS waits, s.retried_ns IS NOT NULL AS announces, coalesce(d.ns, 0) AS late_ns,
           least(greatest(coalesce(s.started_ns, s.commanded_ns, s.first_ns), 0), 9000000000000000000) AS begun_ns
    FROM state_now AS s JOIN txn AS t USING (txn) LEFT JOIN delay AS d ON d.owner = s.owner
    WHERE s.word IS NOT NULL
    QUALIFY count(*) OVER (PARTITION BY s.txn) <= 128
)
