-- The records that joined, by their numbers in the order of arrival.
WITH chosen AS (
    SELECT r.*, p.rule FROM record AS r JOIN (SELECT unnest($seqs) AS seq, unnest($rules) AS rule) AS p ON r.seq = p.seq
    WHERE r.seq BETWEEN $low AND $high
)
FROM {{timeline_columns}} ORDER BY at_ns, coalesce(until_ns, at_ns) DESC, seq
