WITH chosen AS (SELECT *, 1 AS rule FROM record WHERE transaction_id = $id AND at_ns BETWEEN $first AND $last AND seq <= $folded)
FROM {{timeline_columns}} ORDER BY at_ns, coalesce(until_ns, at_ns) DESC, seq LIMIT $limit
