-- Of each alert the oldest notice that waits for a notifier, if it is due by $now, and those that wait behind it.
-- What was written or tried after $now is due, too: the clock was set back.
WITH queue AS MATERIALIZED {{delivery_queue}}
SELECT q.notice, q.tries, q.created_ns,
       (SELECT list({'id': b.id, 'kind': b.kind} ORDER BY b.no) FROM queue AS b WHERE b.alert = q.alert AND b.no > q.no)
FROM queue AS q WHERE q.place = 1 AND (q.due_ns <= $now OR coalesce(q.begun_ns, q.created_ns) > $now) ORDER BY q.no LIMIT $most
