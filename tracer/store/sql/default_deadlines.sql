-- Move the deadlines that the default gave to where it stands now.
UPDATE txn SET limit_ns = $default_ns, deadline_ns = least(since_ns, 9000000000000000000) + $default_ns
WHERE ended_ns IS NULL AND limit_basis = 'default'
