-- What the batch has, so that the statements for what it has not are not run: records without an id,
-- aliases, messages.
SELECT count(*) > count(transaction_id) OR EXISTS (SELECT 1 FROM coverage WHERE records > by_id) AS has_loose,
       count(aliases) > 0 AS has_aliases, count(message_id) > 0 AS has_messages,
       EXISTS (FROM redirect) AS has_redirects, EXISTS (FROM alias_txn) AS has_known_aliases
FROM record WHERE seq > $lo AND seq <= $hi
