SELECT step, compensates, owner, state, started_ns, commanded_ns, first_ns, closed_ns, is_open, since_ns, attempts, error, exact, word
FROM state_now ORDER BY coalesce(started_ns, commanded_ns, first_ns), step, compensates
