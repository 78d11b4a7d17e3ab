-- Messages that were rejected since $since, by source, with the reason of the latest.
SELECT source, count(*) AS messages, min(received_ns), arg_max(reason, id)
FROM rejected WHERE received_ns >= $since GROUP BY source HAVING messages >= $at_least ORDER BY messages DESC LIMIT $limit
