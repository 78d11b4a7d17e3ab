INSERT INTO position SELECT unnest($sources), unnest($keys), unnest($values)
