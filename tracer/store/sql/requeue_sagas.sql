-- Have the transactions of some sagas judged again that are open, or ended only because that followed.
INSERT INTO requeue SELECT txn, false FROM txn WHERE saga IN (SELECT unnest($sagas)) AND (ended_ns IS NULL OR outcome_key IS NULL)
