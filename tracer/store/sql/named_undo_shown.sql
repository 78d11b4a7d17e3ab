-- Let records that name a step which undoes another say so.
UPDATE shown SET compensates = u.compensates, saga = coalesce(shown.saga, u.saga)
FROM undo_name AS u
WHERE shown.step = u.step AND shown.compensates IS NULL AND shown.step_by = 'attribute'
  AND (u.saga = shown.saga OR (shown.saga IS NULL AND NOT u.shared))
