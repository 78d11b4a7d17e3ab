-- What the candidates' traces inherit now, where it differs from what they did.
CREATE OR REPLACE TEMP TABLE heir_change AS
WITH now AS (
    SELECT DISTINCT trace_id, own FROM resolved
    WHERE NOT has_direct AND own IS NOT NULL AND rule IN (2, 5, 6) AND trace_id <> '00000000-0000-0000-0000-000000000000'::UUID
),
was AS (SELECT i.trace_id, i.own FROM inherited AS i SEMI JOIN (SELECT DISTINCT trace_id FROM resolved) AS r ON i.trace_id = r.trace_id)
SELECT trace_id, own, true AS is_new FROM (FROM now EXCEPT FROM was)
UNION ALL
SELECT trace_id, own, false FROM (FROM was EXCEPT FROM now)
