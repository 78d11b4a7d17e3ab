DELETE FROM place WHERE situation IN (SELECT unnest($ids))
