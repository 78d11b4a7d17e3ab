-- The sagas that are known or were seen, those whose names are like $saga first.
SELECT saga FROM (
    SELECT saga FROM declared UNION SELECT saga FROM learned UNION SELECT DISTINCT saga FROM txn WHERE saga IS NOT NULL
)
ORDER BY jaro_winkler_similarity(lower(saga), lower($saga)) DESC, saga LIMIT 5
