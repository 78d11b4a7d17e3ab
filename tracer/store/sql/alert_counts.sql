SELECT rule, what, state, severity, count(*) FROM alert WHERE state <> 'resolved' GROUP BY ALL ORDER BY ALL
