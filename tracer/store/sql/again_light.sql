-- Some of the transactions whose situation must be judged again.
CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT txn FROM requeue WHERE NOT whole LIMIT $most
