-- What happened in each transaction, in the order of `order_ns`: an end before a beginning at the same time, and an end as much
-- earlier as clocks may be off, so that what hands over at once is not taken for what runs beside each other. At one time the
-- order is that of the names, which does not go by when a name got its number.
CREATE OR REPLACE TEMP TABLE learn_token AS
SELECT m.txn, m.saga, n.no, m.step, m.compensates, m.begin_ns AS at_ns, m.begin_ns AS order_ns,
       CASE WHEN m.end_ns IS NULL OR m.end_ns = m.begin_ns THEN 'p' ELSE 'b' END AS kind,
       CASE WHEN m.end_ns IS NULL OR m.end_ns = m.begin_ns THEN 1 ELSE 2 END AS rank
FROM learn_mark AS m JOIN course_name AS n USING (step, compensates, word)
UNION ALL
SELECT m.txn, m.saga, n.no, m.step, m.compensates, m.end_ns, m.end_ns - least((m.end_ns - m.begin_ns) // 4, 500000000), 'e', 0
FROM learn_mark AS m JOIN course_name AS n USING (step, compensates, word) WHERE m.end_ns > m.begin_ns
