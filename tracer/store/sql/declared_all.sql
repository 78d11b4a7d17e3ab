SELECT saga, body FROM declared ORDER BY saga
