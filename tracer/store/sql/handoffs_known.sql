-- The hand-offs of `fresh`, merged with what is known of the transactions in `touched`.
CREATE OR REPLACE TEMP TABLE handoff_now AS
WITH handoff_rows AS (
    FROM {{handoff_atoms}}
    UNION ALL BY NAME
    SELECT h.*, false AS is_fresh FROM handoff AS h SEMI JOIN touched USING (txn)
)
{{handoff_merge}}
