SELECT notifier, count(*) FROM delivery WHERE state = 'waiting' GROUP BY notifier
