-- Have the transactions judged again of whose situation something else follows now, and those of the saga that have none.
INSERT INTO requeue
SELECT txn, false FROM txn
WHERE coalesce(saga, '') = $saga AND (ended_ns IS NULL OR outcome_key IS NULL) AND (situation IS NULL OR situation IN (SELECT unnest($ids)))
