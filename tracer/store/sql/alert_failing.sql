-- Of the transactions that ended since $since, by saga: how many, how many of them did not complete, and the latest of those.
SELECT CASE WHEN $by_saga THEN saga END AS saga, count(*) AS ended, count(*) FILTER (status <> 'completed') AS failed,
       min(ended_ns) FILTER (status <> 'completed'),
       list_transform(max({'ended_ns': ended_ns, 'txn': txn, 'id': transaction_id}, $examples) FILTER (status <> 'completed'), lambda one: one.id)
FROM txn
WHERE ended_ns >= $since AND ended_ns <= $now AND ($sagas IS NULL OR list_contains($sagas, saga))
GROUP BY 1 HAVING failed >= $at_least AND failed > $share * ended ORDER BY failed DESC LIMIT $limit
