DELETE FROM message_txn USING gone WHERE message_txn.own = gone.own
