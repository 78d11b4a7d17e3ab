-- (not a statement: how long the steps in `learn_token` took, and their hand-offs, of every $every-th transaction)
WITH sampled AS (SELECT * FROM learn_token WHERE hash(txn) % $every::UBIGINT = 0)
SELECT saga, NULL::INTEGER AS before, no AS after, floor(4 * log2(greatest(end_ns - at_ns, 1)))::INTEGER AS bucket,
       (count(*) * $every)::DOUBLE AS n
FROM (
    SELECT saga, no, kind, at_ns, lead(at_ns) OVER (PARTITION BY txn, no ORDER BY order_ns, rank DESC) AS end_ns FROM sampled WHERE kind <> 'p'
)
WHERE kind = 'b' AND end_ns IS NOT NULL
GROUP BY ALL
UNION ALL
SELECT saga, ended.no, no, floor(4 * log2(greatest(at_ns - ended.at_ns, 1)))::INTEGER, (count(*) * $every)::DOUBLE
FROM (
    SELECT saga, no, kind, at_ns, last(CASE WHEN kind <> 'b' THEN {'no': no, 'at_ns': at_ns} END IGNORE NULLS)
               OVER (PARTITION BY txn ORDER BY order_ns, rank, place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ended
    FROM sampled
    QUALIFY kind <> 'e' AND ended IS NOT NULL
)
GROUP BY ALL
