DELETE FROM txn USING gone WHERE txn.txn = gone.own
