INSERT INTO delivery
SELECT nextval('delivery_no'), id, alert, rule, notifier, kind, state, 0, error, created_ns, due_ns, NULL, NULL, notice
FROM kept ORDER BY row
