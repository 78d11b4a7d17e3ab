-- The deliveries that the filters let through, the latest first.
SELECT id, alert, rule, notifier, kind, state, tries, error, created_ns, due_ns, delivered_ns FROM delivery
WHERE ($alert IS NULL OR alert = $alert) AND ($notifiers IS NULL OR list_contains($notifiers, notifier))
  AND ($states IS NULL OR list_contains($states, state))
ORDER BY no DESC LIMIT $limit
