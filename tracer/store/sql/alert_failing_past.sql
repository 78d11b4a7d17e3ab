-- As `alert_failing`, of the transactions as they stood at $now; those that span it are in `spanned`. The name `txn` means those here.
WITH past AS NOT MATERIALIZED {{past_rows}}, txn AS NOT MATERIALIZED (SELECT * FROM past)
SELECT * FROM {{alert_failing}}
