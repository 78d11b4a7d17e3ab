-- The incidents among the stuck transactions, as `incident_stuck` tells them apart, counted without a row for each transaction:
-- those that share cause, error and slice of time are counted first. Only those past their limit before $older count, and
-- at least $at_least of them.
WITH stuck AS (
    SELECT saga, step, owner, stall, since_ns, since_ns // $gap - (since_ns < 0)::INTEGER AS slice,
           CASE WHEN error_key[:19]::BIGINT >= since_ns THEN error_key[20:] END AS error,
           deadline_ns < $older AS is_old, {'deadline_ns': deadline_ns, 'txn': txn, 'id': transaction_id} AS one
    FROM {{stall_rows}}
), counted AS MATERIALIZED (
    SELECT saga, step, owner, stall, error, slice, min(since_ns) AS low, max(since_ns) AS high,
           count(*) FILTER (is_old) AS transactions, min(one, $examples) FILTER (is_old) AS examples
    FROM stuck GROUP BY ALL
), shapes AS (
    SELECT error, {{incident_shape}} AS shape FROM (SELECT DISTINCT error FROM counted WHERE error IS NOT NULL)
), slices AS MATERIALIZED (
    SELECT saga, step, owner, stall, shape, slice, min(low) AS low, max(high) AS high, sum(transactions)::BIGINT AS transactions,
           arg_max(c.error, high) AS error, list_slice(list_sort(flatten(list(examples) FILTER (examples IS NOT NULL))), 1, $examples) AS examples
    FROM counted AS c LEFT JOIN shapes ON shapes.error = c.error GROUP BY saga, step, owner, stall, shape, slice
), gaps AS (
    SELECT *, low::HUGEINT - lag(high) OVER cause > $gap AS begins
    FROM slices WINDOW cause AS (PARTITION BY saga, step, owner, stall, shape ORDER BY slice)
), runs AS (
    SELECT *, coalesce(sum(begins::INTEGER) OVER cause, 0)::INTEGER AS run
    FROM gaps WINDOW cause AS (PARTITION BY saga, step, owner, stall, shape ORDER BY slice)
)
SELECT saga, step, owner, stall, shape, run, arg_max(error, high), sum(transactions)::BIGINT AS transactions, min(low),
       list_transform(list_slice(list_sort(flatten(list(examples))), 1, $examples), lambda one: one.id), max(high)
FROM runs GROUP BY saga, step, owner, stall, shape, run
HAVING transactions >= $at_least ORDER BY transactions DESC, min(low) LIMIT $limit
