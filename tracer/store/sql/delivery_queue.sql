-- What waits for a notifier, and its place in the order of its alert.
SELECT *, row_number() OVER (PARTITION BY alert ORDER BY no) AS place
FROM delivery WHERE notifier = $notifier AND state = 'waiting'
