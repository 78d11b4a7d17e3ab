DELETE FROM trace_txn USING gone WHERE trace_txn.own = gone.own
