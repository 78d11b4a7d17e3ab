-- Up to which of their last records the next transactions go that a record has ended; and whether more wait.
SELECT max(last_seq), count(*) > $most
FROM (
    SELECT last_seq FROM txn
    WHERE outcome_key IS NOT NULL AND ended_ns IS NOT NULL AND last_seq > (SELECT seq FROM lesson)
      AND last_seq <= $settled AND txn NOT IN (FROM lesson_txn)
    ORDER BY last_seq LIMIT $most + 1
)
