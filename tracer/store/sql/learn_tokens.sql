-- What happened in each transaction, in the order of `order_ns`: an end before a beginning at the same time, and an end as much
-- earlier as clocks may be off, so that what hands over at once is not taken for what runs beside each other. At one time the
-- order is that of the names, `place`, which does not go by when a name got its number.
CREATE OR REPLACE TEMP TABLE learn_token AS
WITH numbered AS MATERIALIZED (
    SELECT m.txn, m.saga, n.no, n.place, m.begin_ns, m.end_ns
    FROM learn_mark AS m JOIN (SELECT *, row_number() OVER (ORDER BY step, compensates, word)::INTEGER AS place FROM course_name) AS n
    USING (step, compensates, word)
)
SELECT txn, saga, no, place, begin_ns AS at_ns, begin_ns AS order_ns,
       CASE WHEN end_ns IS NULL OR end_ns = begin_ns THEN 'p' ELSE 'b' END AS kind,
       CASE WHEN end_ns IS NULL OR end_ns = begin_ns THEN 1 ELSE 2 END AS rank
FROM numbered
UNION ALL
SELECT txn, saga, no, place, end_ns, end_ns - least((end_ns - begin_ns) // 4, 500000000), 'e', 0
FROM numbered WHERE end_ns > begin_ns
