-- The marks of the transactions in `touched`, with times as one clock would have them.
CREATE OR REPLACE TEMP TABLE learn_mark AS
SELECT s.txn, coalesce(t.saga, '') AS saga, s.step, s.compensates, s.word, s.owner, s.attempts, s.waiting_ns IS NOT NULL AS waits, s.retried_ns IS NOT NULL AS announces,
       coalesce(s.started_ns, s.commanded_ns, s.first_ns) + coalesce(d.ns, 0) AS begin_ns,
       CASE WHEN NOT s.is_open THEN greatest(s.closed_ns, coalesce(s.started_ns, s.commanded_ns, s.first_ns)) + coalesce(d.ns, 0) END AS end_ns
FROM state_now AS s JOIN txn AS t USING (txn) LEFT JOIN delay AS d ON d.owner = s.owner
WHERE s.word IS NOT NULL
