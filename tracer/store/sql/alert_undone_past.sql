-- As `alert_undone`, of what had failed and was done by $now, as it is known today. The name `step` means those steps here.
WITH past AS NOT MATERIALIZED (
    SELECT * REPLACE (CASE WHEN done_ns <= $now THEN done_ns END AS done_ns) FROM step WHERE failed_ns <= $now OR done_ns <= $now
), step AS NOT MATERIALIZED (SELECT * REPLACE (CASE WHEN failed_ns <= $now THEN failed_ns END AS failed_ns) FROM past)
SELECT * FROM {{alert_undone}}
