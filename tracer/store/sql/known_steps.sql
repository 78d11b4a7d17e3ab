-- The same steps as `state_now` has, for one transaction; with few rows, adding all of them up costs the least.
WITH to_sum AS MATERIALIZED (SELECT * FROM step WHERE txn = $own), totals AS {{step_sums}}
SELECT step, compensates, owner, state, started_ns, commanded_ns, first_ns, closed_ns, is_open, since_ns, attempts, error, exact, word
FROM {{step_states}} WHERE explicit OR NOT (SELECT bool_or(explicit) FROM to_sum)
ORDER BY coalesce(started_ns, commanded_ns, first_ns), step, compensates
