WITH step_now AS MATERIALIZED (SELECT * FROM step WHERE txn = $own)
SELECT step, compensates, owner, state, started_ns, commanded_ns, first_ns, closed_ns, is_open, since_ns, attempts, error, exact
FROM {{step_states}} ORDER BY coalesce(started_ns, commanded_ns, first_ns), step, compensates
