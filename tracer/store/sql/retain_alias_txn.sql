DELETE FROM alias_txn USING gone WHERE alias_txn.own = gone.own
