SELECT status_now, count(*) FROM {{list_rows}} GROUP BY ALL
