DELETE FROM step USING gone WHERE step.txn = gone.own
