-- Let the records say what their names mean.
UPDATE shown SET
    saga = coalesce(shown.saga, m.is.saga),
    step = coalesce(m.is.step, shown.step),
    step_by = CASE WHEN m.is.step IS NULL THEN shown.step_by ELSE 'attribute' END,
    compensates = coalesce(shown.compensates, m.is.compensates),
    phase = CASE WHEN m.is.phase IS NULL OR (m.is.phase = 'completed' AND shown.phase IN ('failed', 'timed_out')) THEN shown.phase
                 ELSE m.is.phase END,
    outcome = coalesce(shown.outcome, m.is.outcome)
FROM matched AS m WHERE m.seq = shown.seq
