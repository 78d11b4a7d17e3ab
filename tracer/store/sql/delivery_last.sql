-- The latest delivery of each notifier that was tried.
SELECT notifier, arg_max({'state': state, 'tries': tries, 'error': error, 'at_ns': coalesce(delivered_ns, begun_ns, created_ns)}, no)
FROM delivery WHERE begun_ns IS NOT NULL OR state <> 'waiting' GROUP BY notifier ORDER BY notifier
