-- Count the batch by source and owner.
MERGE INTO coverage AS c USING (
    SELECT source, owner, count(*) AS records, count(transaction_id) AS by_id FROM record WHERE seq > $lo AND seq <= $hi GROUP BY source, owner
) AS b
ON c.source = b.source AND c.owner IS NOT DISTINCT FROM b.owner
WHEN MATCHED THEN UPDATE SET records = c.records + b.records, by_id = c.by_id + b.by_id
WHEN NOT MATCHED THEN INSERT VALUES (b.source, b.owner, b.records, b.by_id)
