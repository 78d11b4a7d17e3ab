-- When a notice that these alerts fire was taken last, by whomever; what lies after $now does not count.
SELECT alert, max(delivered_ns) FROM delivery
WHERE state = 'delivered' AND delivered_ns <= $now AND kind IN ('firing', 'repeat') AND alert IN (SELECT unnest($ids::VARCHAR[])) GROUP BY alert
