-- The transactions that the filters let through, the status one aside, as they stood at $now.
SELECT *, {{status_now}} AS status_now
FROM {{past_rows}}
WHERE {{list_filters}}
