-- The transactions that the filters let through, the status one aside, with the status as of $now.
SELECT *, {{status_now}} AS status_now
FROM txn
WHERE {{list_filters}}
