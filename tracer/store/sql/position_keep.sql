INSERT INTO position VALUES ($source, $key, $value)
