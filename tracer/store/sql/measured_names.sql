-- The sagas of most transactions of which a record after $after is, of those that have no name yet.
SELECT saga FROM txn WHERE saga IS NOT NULL AND last_seq > $after
GROUP BY saga HAVING NOT list_contains($sagas::VARCHAR[], saga) ORDER BY count(*) DESC, saga LIMIT $room
