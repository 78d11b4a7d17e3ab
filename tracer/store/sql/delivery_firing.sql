-- The last notice that a notifier was given of each alert that fires and was told to it.
SELECT arg_max(d.notice, d.no) FROM delivery AS d JOIN alert AS a ON a.id = d.alert
WHERE a.state = 'firing' AND a.what <> 'heartbeat' AND d.notifier = $notifier
GROUP BY d.alert HAVING arg_max(d.kind, d.no) <> 'resolved' ORDER BY d.alert
