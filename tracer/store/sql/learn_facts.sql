-- (not a statement: what the transactions in `learn_mark` say of each step)
SELECT saga, step, compensates, mode(owner) AS owner, count(*)::DOUBLE AS n, count(*) FILTER (attempts > 1)::DOUBLE AS retried,
       count(*) FILTER (attempts > 1 AND word = 'completed')::DOUBLE AS retried_well,
       count(*) FILTER (word = 'failed')::DOUBLE AS failed, max(attempts) AS most_attempts, bool_or(waits) AS waits, bool_or(announces) AS announces
FROM learn_mark GROUP BY saga, step, compensates
