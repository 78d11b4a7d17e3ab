SELECT DISTINCT value FROM alias_txn WHERE own = $own ORDER BY value
