SELECT status_now, count(*) FROM {{list_rows_past_wanted}} GROUP BY ALL
