-- The traces whose transactions must be known to place the candidates: their own and those they link to.
CREATE OR REPLACE TEMP TABLE asked AS
SELECT DISTINCT trace_id FROM candidate
UNION
SELECT DISTINCT e.trace FROM edge AS e JOIN candidate AS c ON e.seq = c.seq WHERE e.kind = 1
