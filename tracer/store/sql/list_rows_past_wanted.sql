-- The transactions in `wanted`, as they stood at $now.
SELECT *, {{status_now}} AS status_now FROM {{past_rows}} SEMI JOIN wanted USING (txn)
