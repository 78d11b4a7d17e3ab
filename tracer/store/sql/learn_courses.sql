-- (not a statement: the courses of the transactions in `learn_token`, each with its outcome, and how many took it. They are
-- compared as numbers, place and token in one, and only those that differ are written)
SELECT saga, list_aggregate(list_transform(tokens, lambda one: ['e', 'p', 'b'][1 + one // 1073741824 % 4] || one % 1073741824),
                            'string_agg', ' ') AS course, outcome, n
FROM (
    SELECT c.saga, c.tokens, t.outcome_key[20:] AS outcome, count(*)::DOUBLE AS n
    FROM (
        SELECT txn, any_value(saga) AS saga, list_sort(list(nth * 4294967296 + rank::BIGINT * 1073741824 + no)) AS tokens
        FROM (SELECT txn, saga, rank, no, row_number() OVER (PARTITION BY txn ORDER BY order_ns, rank, place) AS nth FROM learn_token)
        GROUP BY txn HAVING count(*) <= 256
    ) AS c JOIN txn AS t USING (txn)
    GROUP BY ALL
)
