-- The distinct ids of one kind that the records in `shown` tie to the transaction.
SELECT DISTINCT e.value ->> '$' AS id
FROM (SELECT aliases FROM shown WHERE json_valid(aliases)) AS s, json_each(s.aliases) AS e
WHERE e.key = $kind ORDER BY id LIMIT $most
