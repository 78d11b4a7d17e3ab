-- What waits stays, and so does the last that was told of an alert that is not over.
DELETE FROM delivery
WHERE state <> 'waiting' AND (created_ns < $before OR no <= (SELECT max(no) FROM delivery) - $most)
  AND NOT (no IN (SELECT max(no) FROM delivery GROUP BY alert, notifier)
           AND alert IN (SELECT id FROM alert WHERE state <> 'resolved'))
