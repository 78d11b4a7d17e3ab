-- Let the records say what their names mean. A span that failed completes nothing, and one that has not ended ends nothing;
-- an event that was a step by its name alone is the end of the step that it is called like.
UPDATE shown SET
    saga = coalesce(shown.saga, m.is.saga, m.ends.saga),
    step = coalesce(m.is.step, shown.step),
    step_by = CASE WHEN m.is.step IS NULL THEN shown.step_by ELSE 'attribute' END,
    compensates = coalesce(shown.compensates, m.is.compensates),
    phase = CASE WHEN m.is.step IS NULL THEN shown.phase
                 WHEN m.is.phase IS NULL THEN
                     CASE WHEN shown.phase = 'observed' AND shown.kind = 'event' AND shown.step_by = 'name' THEN 'completed' ELSE shown.phase END
                 WHEN m.is.phase <> 'started' AND shown.kind = 'span' AND shown.until_ns IS NULL THEN shown.phase
                 WHEN m.is.phase = 'completed' AND shown.phase IN ('failed', 'timed_out') THEN shown.phase
                 ELSE m.is.phase END,
    outcome = CASE WHEN shown.outcome IS NOT NULL THEN shown.outcome
                   WHEN shown.kind = 'span' AND shown.until_ns IS NULL THEN NULL
                   WHEN m.ends.outcome = 'completed' AND shown.phase IN ('failed', 'timed_out') THEN NULL
                   ELSE m.ends.outcome END
FROM matched AS m WHERE m.seq = shown.seq
