-- Steps that a definition knows are no mere names of spans.
UPDATE fresh SET step_by = 'attribute', saga = coalesce(fresh.saga, p.saga)
FROM (SELECT DISTINCT name, saga, shared FROM pattern WHERE phase IS NULL AND outcome IS NULL) AS p
WHERE p.name = fresh.step AND fresh.step_by IS DISTINCT FROM 'attribute'
  AND (p.saga = fresh.saga OR (fresh.saga IS NULL AND NOT p.shared))
