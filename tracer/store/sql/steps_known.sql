-- The steps of `fresh`, merged with what is known of the transactions in `touched`.
CREATE OR REPLACE TEMP TABLE step_now AS
WITH step_rows AS (
    FROM {{step_atoms}}
    UNION ALL BY NAME
    SELECT s.*, false AS is_fresh FROM step AS s SEMI JOIN touched USING (txn)
)
{{step_merge}}
