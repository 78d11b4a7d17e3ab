CREATE OR REPLACE TEMP TABLE added AS
SELECT saga, before, after, bucket, sum(n) AS n
FROM (FROM {{learn_times}} UNION ALL SELECT c.* FROM course_time AS c SEMI JOIN (SELECT DISTINCT saga FROM learn_mark) USING (saga))
GROUP BY ALL
