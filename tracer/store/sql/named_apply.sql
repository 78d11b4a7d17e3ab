-- Let the records say what their names mean.
UPDATE fresh SET
    saga = coalesce(fresh.saga, m.is.saga),
    step = coalesce(m.is.step, fresh.step),
    step_by = CASE WHEN m.is.step IS NULL THEN fresh.step_by ELSE 'attribute' END,
    compensates = coalesce(fresh.compensates, m.is.compensates),
    phase = CASE WHEN m.is.phase IS NULL OR (m.is.phase = 'completed' AND fresh.phase IN ('failed', 'timed_out')) THEN fresh.phase
                 ELSE m.is.phase END,
    outcome = coalesce(fresh.outcome, m.is.outcome)
FROM matched AS m WHERE m.seq = fresh.seq
