-- Who usually says that a transaction of a saga is over. The last record of a transaction is none of those before.
SELECT mode(r.owner)
FROM record AS r JOIN txn AS t ON t.transaction_id = r.transaction_id
WHERE r.seq > $after AND (r.outcome IS NOT NULL OR r.phase IN ('txn_completed', 'txn_failed')) AND coalesce(t.saga, '') = $saga
  AND t.last_seq > $after
