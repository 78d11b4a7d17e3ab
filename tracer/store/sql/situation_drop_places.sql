DELETE FROM place WHERE situation IN (SELECT id FROM situation WHERE saga IN (SELECT unnest($sagas)))
