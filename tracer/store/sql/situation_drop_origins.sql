DELETE FROM place_of WHERE situation IN (SELECT id FROM situation WHERE saga IN (SELECT unnest($sagas)))
