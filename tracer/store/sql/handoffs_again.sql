-- The hand-offs of the transactions in `touched` as they are known.
CREATE OR REPLACE TEMP TABLE handoff_now AS SELECT h.*, false AS is_fresh, true AS is_known FROM handoff AS h SEMI JOIN touched USING (txn)
