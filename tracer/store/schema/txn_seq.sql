-- Dense numbers for transactions: recent ones lie together, so zone maps prune joins on them.
CREATE SEQUENCE txn_seq START 1;
