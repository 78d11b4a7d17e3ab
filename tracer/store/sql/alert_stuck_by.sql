-- The stuck transactions past their limit before $older, counted by those columns that are asked for.
SELECT CASE WHEN $by_saga THEN saga END AS saga, CASE WHEN $by_step THEN step END AS step,
       CASE WHEN $by_owner THEN owner END AS owner, CASE WHEN $by_kind THEN stall END AS kind,
       count(*) AS transactions, min(since_ns) AS since_ns,
       arg_max(CASE WHEN error_key[:19]::BIGINT >= since_ns THEN error_key[20:] END, since_ns),
       list_transform(min({'deadline_ns': deadline_ns, 'txn': txn, 'id': transaction_id}, $examples), lambda one: one.id)
FROM {{stall_rows}}
WHERE deadline_ns < $older
GROUP BY 1, 2, 3, 4 HAVING transactions >= $at_least ORDER BY transactions DESC, since_ns LIMIT $limit
