-- The transactions in `wanted`, with the status as of $now.
SELECT *, {{status_now}} AS status_now FROM txn SEMI JOIN wanted USING (txn)
