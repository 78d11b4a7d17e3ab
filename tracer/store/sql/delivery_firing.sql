-- The last notice that a notifier was given of each alert that fires and was told to it, and of a heartbeat its alert.
SELECT arg_max(d.notice, d.no), any_value(CASE WHEN a.what = 'heartbeat' THEN a.body END) FROM delivery AS d JOIN alert AS a ON a.id = d.alert
WHERE a.state = 'firing' AND d.notifier = $notifier
GROUP BY d.alert HAVING arg_max(d.kind, d.no) <> 'resolved' ORDER BY d.alert
