-- Each stuck transaction with its incident: those of one cause (saga, step, owner, kind and shape of the error) that
-- stopped within $gap of each other. An error from before it stopped is not the cause. `incident` is the lowest number
-- of its transactions, `run` counts the incidents of one cause from the earliest. Within a slice of time as long as the
-- gap there is none, so that only slices have to be sorted.
CREATE OR REPLACE TEMP TABLE incident_stuck AS
WITH stuck AS MATERIALIZED (
    SELECT txn, transaction_id, saga, step, owner, stall, since_ns, deadline_ns, since_ns // $gap - (since_ns < 0)::INTEGER AS slice,
           CASE WHEN error_key[:19]::BIGINT >= since_ns THEN error_key[20:] END AS error
    FROM {{stall_rows}}
), shapes AS (
    SELECT error, {{incident_shape}} AS shape FROM (SELECT DISTINCT error FROM stuck WHERE error IS NOT NULL)
), shaped AS MATERIALIZED (
    SELECT stuck.*, shape FROM stuck LEFT JOIN shapes ON shapes.error = stuck.error
), slices AS MATERIALIZED (
    SELECT saga, step, owner, stall, shape, slice, min(since_ns) AS low, max(since_ns) AS high, min(txn) AS first
    FROM shaped GROUP BY ALL
), gaps AS (
    SELECT *, low::HUGEINT - lag(high) OVER cause > $gap AS begins
    FROM slices WINDOW cause AS (PARTITION BY saga, step, owner, stall, shape ORDER BY slice)
), runs AS (
    SELECT *, coalesce(sum(begins::INTEGER) OVER cause, 0) AS run
    FROM gaps WINDOW cause AS (PARTITION BY saga, step, owner, stall, shape ORDER BY slice)
), incidents AS (
    SELECT *, min(first) OVER (PARTITION BY saga, step, owner, stall, shape, run) AS incident FROM runs
)
SELECT s.* EXCLUDE (slice), i.run, i.incident
FROM shaped AS s JOIN incidents AS i
ON i.slice = s.slice AND i.stall = s.stall AND i.saga IS NOT DISTINCT FROM s.saga AND i.step IS NOT DISTINCT FROM s.step
AND i.owner IS NOT DISTINCT FROM s.owner AND i.shape IS NOT DISTINCT FROM s.shape
