UPDATE delivery SET state = CASE WHEN $due::BIGINT IS NULL THEN 'failed' ELSE 'waiting' END, due_ns = $due, error = $error
WHERE state = 'waiting' AND id = $id
