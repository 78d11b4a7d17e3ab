FROM {{step_atoms}}
UNION ALL BY NAME
SELECT s.*, false AS is_fresh FROM step AS s SEMI JOIN touched USING (txn)
