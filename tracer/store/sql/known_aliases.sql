SELECT DISTINCT value FROM alias_txn WHERE own = $own AND value <> $id ORDER BY value
