INSERT INTO message_txn FROM message_new
