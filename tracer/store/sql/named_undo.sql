-- Let records that name a step which undoes another say so.
UPDATE fresh SET compensates = u.compensates, saga = coalesce(fresh.saga, u.saga)
FROM undo_name AS u
WHERE fresh.step = u.step AND fresh.compensates IS NULL AND fresh.step_by = 'attribute'
  AND (u.saga = fresh.saga OR (fresh.saga IS NULL AND NOT u.shared))
