-- (not a statement: the courses of the transactions in `learn_token`, each with its outcome, and how many took it)
SELECT c.saga, c.course, t.outcome_key[20:] AS outcome, count(*)::DOUBLE AS n
FROM (
    SELECT txn, saga, string_agg(kind || no, ' ' ORDER BY order_ns, rank, step, compensates) AS course
    FROM learn_token GROUP BY txn, saga HAVING count(*) <= 256
) AS c JOIN txn AS t USING (txn)
GROUP BY ALL
