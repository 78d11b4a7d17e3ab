-- The next records of the transactions in `member`, and of `ids`, which the fold may not have seen yet.
FROM {{export_columns}}
WHERE transaction_id IN (SELECT transaction_id FROM member UNION ALL SELECT unnest($ids::VARCHAR[]))
   OR seq IN (SELECT p.seq FROM placed AS p JOIN member AS m ON m.own = p.own WHERE p.seq > $after AND p.seq <= $upto)
ORDER BY seq LIMIT $limit
