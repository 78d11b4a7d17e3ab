-- (not a statement: when an attempt was asked for of which nothing else is known. A command is before all else of its attempt,
-- whatever the clock of who sent it says)
CASE WHEN coalesce(started_ns, waiting_ns, retried_ns, done_ns, failed_ns) IS NULL THEN commanded_ns END
