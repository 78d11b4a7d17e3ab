-- Steps that a definition knows are no mere names of spans.
UPDATE shown SET step_by = 'attribute', saga = coalesce(shown.saga, p.saga)
FROM (SELECT DISTINCT name, saga, shared FROM pattern WHERE phase IS NULL AND outcome IS NULL) AS p
WHERE p.name = shown.step AND shown.step_by IS DISTINCT FROM 'attribute'
  AND (p.saga = shown.saga OR (shown.saga IS NULL AND NOT p.shared))
