INSERT INTO alias_txn SELECT key, own, kind, value FROM alias_new
