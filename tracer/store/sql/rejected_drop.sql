-- What was not refused again goes.
DELETE FROM rejected WHERE list_contains($ids, id) AND NOT EXISTS (
    SELECT 1 FROM again AS a WHERE a.topic = rejected.topic AND a.partition = rejected.partition AND a."offset" = rejected."offset"
)
