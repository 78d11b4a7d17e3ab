CREATE OR REPLACE TEMP TABLE added AS
SELECT saga, step, compensates, arg_max(owner, n) AS owner, sum(n) AS n, sum(retried) AS retried, sum(retried_well) AS retried_well,
       sum(failed) AS failed, max(most_attempts) AS most_attempts, bool_or(waits) AS waits, bool_or(announces) AS announces
FROM (FROM {{learn_facts}} UNION ALL SELECT c.* FROM course_fact AS c SEMI JOIN (SELECT DISTINCT saga FROM learn_mark) USING (saga))
GROUP BY saga, step, compensates
