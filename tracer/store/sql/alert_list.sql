-- Alerts that the filters let through: firing first, then pending, then the latest resolved; the most severe and then the oldest first.
SELECT body FROM alert
WHERE ($rules IS NULL OR list_contains($rules, rule)) AND ($states IS NULL OR list_contains($states, state))
  AND ($severities IS NULL OR list_contains($severities, severity)) AND ($rules IS NOT NULL OR what <> 'heartbeat')
ORDER BY list_position(['firing', 'pending', 'resolved'], state), -coalesce(resolved_ns, 0),
         list_position(['critical', 'warning', 'info'], severity), since_ns, id
LIMIT $limit
