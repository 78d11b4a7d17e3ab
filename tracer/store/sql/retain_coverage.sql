-- Count what goes no more, so that what joined and went does not read as what never joined.
MERGE INTO coverage AS c USING (
    SELECT source, owner, count(*) AS records, count(transaction_id) AS by_id FROM record WHERE seq <= $upto GROUP BY source, owner
) AS b
ON c.source = b.source AND c.owner IS NOT DISTINCT FROM b.owner
WHEN MATCHED AND c.records = b.records THEN DELETE
WHEN MATCHED THEN UPDATE SET records = c.records - b.records, by_id = c.by_id - b.by_id
