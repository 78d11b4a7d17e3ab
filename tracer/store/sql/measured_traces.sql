-- The latest trace of each of these transactions.
SELECT own, {{shown_trace_id}} FROM (
    SELECT own, arg_max(trace_id, at_ns) AS trace_id FROM trace_txn WHERE own IN (SELECT unnest($txns::BIGINT[])) GROUP BY own
)
