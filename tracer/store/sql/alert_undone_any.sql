SELECT count(*) FROM (SELECT 1 FROM step WHERE failed_ns >= $since AND compensates <> '' LIMIT 1)
