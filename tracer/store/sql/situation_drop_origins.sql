DELETE FROM place_of WHERE situation IN (SELECT unnest($ids))
