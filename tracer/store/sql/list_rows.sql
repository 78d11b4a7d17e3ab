-- The transactions that the filters let through, the status one aside, with the status as of $now.
SELECT *, {{status_now}} AS status_now
FROM txn
WHERE ($sagas IS NULL OR list_contains($sagas, saga))
  AND ($owners IS NULL OR list_contains($owners, owner))
  AND ($steps IS NULL OR list_contains($steps, step))
  AND ($kinds IS NULL OR (deadline_ns < $now AND ended_ns IS NULL AND list_contains($kinds, stall)))
  AND ($error IS NULL OR contains(lower(substr(error_key, 20)), $error))
  AND ($older_ns IS NULL OR (ended_ns IS NULL AND since_ns <= $now - $older_ns))
  AND ($longer_ns IS NULL OR {{whole_ns}} >= $longer_ns)
  AND ($shorter_ns IS NULL OR {{whole_ns}} <= $shorter_ns)
  AND ($since IS NULL OR last_ns >= $since)
  AND ($until IS NULL OR last_ns <= $until)
  AND ($began_since IS NULL OR first_ns >= $began_since)
  AND ($began_until IS NULL OR first_ns <= $began_until)
  AND ($q IS NULL OR contains(lower(transaction_id), $q) OR contains(lower(saga), $q) OR contains(lower(step), $q)
       OR contains(lower(owner), $q) OR contains(lower(substr(error_key, 20)), $q)
       OR txn IN (SELECT coalesce(r.txn, a.own) FROM alias_txn AS a LEFT JOIN redirect AS r ON r.own = a.own
                  WHERE $q IS NOT NULL AND contains(lower(a.value), $q)))
