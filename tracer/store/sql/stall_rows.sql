-- The stuck transactions that the filters let through: open ones whose deadline has passed by $now.
SELECT * REPLACE (coalesce(since_ns, last_ns) AS since_ns)
FROM txn
WHERE deadline_ns < $now AND ended_ns IS NULL AND stall IS NOT NULL
  AND ($sagas IS NULL OR list_contains($sagas, saga))
  AND ($owners IS NULL OR list_contains($owners, owner))
  AND ($steps IS NULL OR list_contains($steps, step))
  AND ($kinds IS NULL OR list_contains($kinds, stall))
