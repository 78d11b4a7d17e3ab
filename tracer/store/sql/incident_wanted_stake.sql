-- The transactions whose values at stake are added up: the longest overdue ones of these incidents.
CREATE OR REPLACE TEMP TABLE wanted AS
SELECT txn FROM incident_stuck WHERE list_contains($incidents, incident) ORDER BY deadline_ns, txn LIMIT $limit
