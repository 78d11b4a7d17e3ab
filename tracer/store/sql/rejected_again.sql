-- What was refused again has the new reason.
UPDATE rejected SET reason = a.reason FROM again AS a
WHERE list_contains($ids, rejected.id) AND rejected.topic = a.topic AND rejected.partition = a.partition AND rejected."offset" = a."offset"
