-- The traces that changed what they inherit, and those that link to them.
CREATE OR REPLACE TEMP TABLE hit AS
SELECT DISTINCT trace_id, 0::BIGINT AS seq FROM heir_change
UNION
SELECT e.trace_id, CASE WHEN e.trace_id = '00000000-0000-0000-0000-000000000000'::UUID THEN e.seq ELSE 0 END
FROM edge AS e SEMI JOIN heir_change AS h ON e.kind = 1 AND e.trace = h.trace_id
