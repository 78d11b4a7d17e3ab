DELETE FROM txn USING wanted WHERE txn.txn = wanted.txn
