-- The incidents of `incident_stuck`, those of the most transactions first, with the latest error, how many
-- became stuck how many times $every ago and, of the longest overdue, the ids.
SELECT incident, any_value(saga), any_value(step), any_value(owner), any_value(stall), any_value(shape),
       arg_max(error, {'since_ns': since_ns, 'txn': txn}), any_value(run), count(*) AS transactions, min(since_ns) AS since_ns, max(since_ns),
       count(*) FILTER (deadline_ns >= $recent),
       histogram(CASE WHEN deadline_ns >= $trend THEN ($now - 1 - deadline_ns) // $every END) FILTER (deadline_ns >= $trend),
       list_transform(min({'deadline_ns': deadline_ns, 'txn': txn, 'id': transaction_id}, $examples), lambda one: one.id)
FROM incident_stuck GROUP BY incident ORDER BY transactions DESC, since_ns, incident LIMIT $limit
