-- Add the courses of the transactions at hand to those that are kept.
CREATE OR REPLACE TEMP TABLE added AS
SELECT saga, course, outcome, sum(n) AS n
FROM (FROM {{learn_courses}} UNION ALL SELECT c.* FROM course AS c SEMI JOIN (SELECT DISTINCT saga FROM learn_mark) USING (saga))
GROUP BY ALL
