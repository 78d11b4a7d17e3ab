SELECT id FROM situation WHERE saga IN (SELECT unnest($sagas))
