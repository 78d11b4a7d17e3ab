-- (not a statement: how long the steps in `learn_token` took, and their hand-offs, of every $every-th transaction)
WITH sampled AS (SELECT * FROM learn_token WHERE hash(txn) % $every::UBIGINT = 0)
SELECT saga, NULL::INTEGER AS before, no AS after, floor(4 * log2(greatest(end_ns - at_ns, 1)))::INTEGER AS bucket,
       (count(*) * $every)::DOUBLE AS n
FROM (
    SELECT saga, no, kind, at_ns, lead(at_ns) OVER (PARTITION BY txn, no ORDER BY at_ns, rank DESC) AS end_ns FROM sampled WHERE kind <> 'p'
)
WHERE kind = 'b' AND end_ns IS NOT NULL
GROUP BY ALL
UNION ALL
SELECT saga, ended.no, no, floor(4 * log2(greatest(at_ns - ended.at_ns, 1)))::INTEGER, (count(*) * $every)::DOUBLE
FROM (
    SELECT saga, no, kind, at_ns, unnest(list_slice(ends, -4, -1)) AS ended
    FROM (
        SELECT saga, no, kind, at_ns,
               list({'no': no, 'at_ns': at_ns}) FILTER (kind <> 'b')
                   OVER (PARTITION BY txn ORDER BY at_ns, rank, step, compensates ROWS BETWEEN 8 PRECEDING AND 1 PRECEDING) AS ends
        FROM sampled
    )
    WHERE kind <> 'e'
)
GROUP BY ALL
