-- Of each of these incidents some transactions that are stuck, those that stopped last, and some of the same saga that
-- completed the same step and do not stand there, the latest of the last $recent transactions.
CREATE OR REPLACE TEMP TABLE incident_sample AS
WITH stuck AS (
    SELECT incident, saga, step, txn, since_ns FROM incident_stuck WHERE list_contains($incidents, incident)
), other AS (
    SELECT txn, saga, CASE WHEN ended_ns IS NULL THEN step END AS step
    FROM txn WHERE txn > (SELECT max(txn) FROM txn) - $recent AND (ended_ns IS NOT NULL OR coalesce(deadline_ns >= $now, true))
), passed AS (
    SELECT saga, step, unnest(latest).txn AS txn
    FROM (
        SELECT o.saga, s.step, max({'done_ns': s.done_ns, 'txn': s.txn}, $sample) AS latest
        FROM step AS s JOIN other AS o ON o.txn = s.txn
        WHERE s.done_ns IS NOT NULL AND s.step IN (SELECT step FROM stuck) AND s.step IS DISTINCT FROM o.step
        GROUP BY o.saga, s.step
    )
)
SELECT incident, unnest(latest).txn AS txn, true AS is_stuck
FROM (SELECT incident, max({'since_ns': since_ns, 'txn': txn}, $sample) AS latest FROM stuck GROUP BY incident)
UNION ALL
SELECT DISTINCT i.incident, p.txn, false
FROM (SELECT DISTINCT incident, saga, step FROM stuck) AS i
JOIN passed AS p ON p.saga IS NOT DISTINCT FROM i.saga AND p.step = i.step
