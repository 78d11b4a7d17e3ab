SELECT status_now, count(*) FROM {{list_rows_past}} GROUP BY ALL
