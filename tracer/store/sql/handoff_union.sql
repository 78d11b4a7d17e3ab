FROM {{handoff_atoms}}
UNION ALL BY NAME
SELECT h.*, false AS is_fresh FROM handoff AS h SEMI JOIN touched USING (txn)
