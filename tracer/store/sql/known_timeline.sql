-- The records that carry a transaction's id, in no order: where they are few, sorting costs the most.
WITH chosen AS (SELECT *, 1 AS rule FROM record WHERE transaction_id = $id AND at_ns BETWEEN $first AND $last AND seq <= $folded)
FROM {{timeline_columns}}
