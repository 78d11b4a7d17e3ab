-- When the latest record of each source arrived, among the last ones that were stored.
SELECT source, max(received_ns) FROM record WHERE seq > $seq GROUP BY source
