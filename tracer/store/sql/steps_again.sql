-- The steps of the transactions in `touched` as they are known.
CREATE OR REPLACE TEMP TABLE step_now AS SELECT s.*, false AS is_fresh, true AS is_known FROM step AS s SEMI JOIN touched USING (txn)
