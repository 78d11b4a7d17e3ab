DELETE FROM handoff USING gone WHERE handoff.txn = gone.own
