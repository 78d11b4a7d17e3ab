-- The first of them.
FROM {{known_timeline}} ORDER BY at_ns, coalesce(until_ns, at_ns) DESC, seq LIMIT $limit
