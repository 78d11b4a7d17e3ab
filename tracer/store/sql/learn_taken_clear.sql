-- Forget which transactions were taken in that there are no more.
DELETE FROM lesson_txn WHERE txn NOT IN (SELECT txn FROM txn)
