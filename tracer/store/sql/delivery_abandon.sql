-- What waits for others than these notifiers is given up.
UPDATE delivery SET state = 'failed', due_ns = NULL, error = $error
WHERE state = 'waiting' AND NOT list_contains($known::VARCHAR[], notifier)
