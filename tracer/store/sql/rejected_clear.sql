TRUNCATE rejected
