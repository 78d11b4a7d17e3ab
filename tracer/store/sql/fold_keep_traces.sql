INSERT INTO trace_txn FROM trace_new
