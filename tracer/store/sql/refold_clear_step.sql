DELETE FROM step USING wanted WHERE step.txn = wanted.txn
