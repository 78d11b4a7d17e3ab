SELECT status_now, count(*) FROM {{list_rows_wanted}} GROUP BY ALL
