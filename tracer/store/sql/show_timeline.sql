WITH chosen AS (FROM shown)
FROM {{timeline_columns}} ORDER BY at_ns, coalesce(until_ns, at_ns) DESC, seq LIMIT $limit
