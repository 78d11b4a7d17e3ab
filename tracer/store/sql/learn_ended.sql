CREATE OR REPLACE TEMP TABLE touched AS
SELECT txn FROM txn
WHERE outcome_key IS NOT NULL AND ended_ns IS NOT NULL
  AND last_seq > (SELECT seq FROM lesson) AND last_seq <= $upto AND txn NOT IN (FROM lesson_txn)
