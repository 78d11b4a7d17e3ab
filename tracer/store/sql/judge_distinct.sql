-- The situations in which transactions stand.
SELECT DISTINCT saga, marks FROM mark_now ORDER BY saga, marks
