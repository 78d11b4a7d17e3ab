DELETE FROM handoff USING wanted WHERE handoff.txn = wanted.txn
