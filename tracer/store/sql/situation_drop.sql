DELETE FROM situation WHERE id IN (SELECT unnest($ids))
