-- Who is still to be told that these alerts fire.
SELECT alert, notifier FROM delivery
WHERE state = 'waiting' AND kind IN ('firing', 'repeat') AND alert IN (SELECT unnest($ids::VARCHAR[]))
