-- Ids that look like the one asked for.
SELECT transaction_id FROM txn
WHERE jaro_winkler_similarity(lower(transaction_id), lower($id)) > 0.75
ORDER BY jaro_winkler_similarity(lower(transaction_id), lower($id)) DESC, last_ns DESC LIMIT 5
