SELECT notifier, state, count(*) FROM delivery GROUP BY ALL ORDER BY ALL
