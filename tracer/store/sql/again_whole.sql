-- Some of the transactions that must be folded again from their records.
CREATE OR REPLACE TEMP TABLE refold AS SELECT DISTINCT txn FROM requeue WHERE whole LIMIT $most
