-- Let the records say what their names mean. A span that failed completes nothing, and one that has not ended ends nothing;
-- an event that was a step by its name alone is the end of the step that it is called like.
UPDATE fresh SET
    saga = coalesce(fresh.saga, m.is.saga, m.ends.saga),
    step = coalesce(m.is.step, fresh.step),
    step_by = CASE WHEN m.is.step IS NULL THEN fresh.step_by ELSE 'attribute' END,
    compensates = coalesce(fresh.compensates, m.is.compensates),
    phase = CASE WHEN m.is.step IS NULL THEN fresh.phase
                 WHEN m.is.phase IS NULL THEN
                     CASE WHEN fresh.phase = 'observed' AND fresh.kind = 'event' AND fresh.step_by = 'name' THEN 'completed' ELSE fresh.phase END
                 WHEN m.is.phase <> 'started' AND fresh.kind = 'span' AND fresh.until_ns IS NULL THEN fresh.phase
                 WHEN m.is.phase = 'completed' AND fresh.phase IN ('failed', 'timed_out') THEN fresh.phase
                 ELSE m.is.phase END,
    outcome = CASE WHEN fresh.outcome IS NOT NULL THEN fresh.outcome
                   WHEN fresh.kind = 'span' AND fresh.until_ns IS NULL THEN NULL
                   WHEN m.ends.outcome = 'completed' AND fresh.phase IN ('failed', 'timed_out') THEN NULL
                   ELSE m.ends.outcome END
FROM matched AS m WHERE m.seq = fresh.seq
