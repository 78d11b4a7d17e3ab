SELECT count(*) FROM (SELECT 1 FROM txn WHERE saga = $saga LIMIT 1)
