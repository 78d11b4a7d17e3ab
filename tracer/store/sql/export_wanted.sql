CREATE OR REPLACE TEMP TABLE wanted AS SELECT txn FROM txn
WHERE (transaction_id IN (SELECT unnest($ids::VARCHAR[])) OR len($ids::VARCHAR[]) = 0)
  AND (saga IN (SELECT unnest($sagas::VARCHAR[])) OR len($sagas::VARCHAR[]) = 0)
