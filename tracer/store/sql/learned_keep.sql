INSERT INTO learned VALUES ($saga, $body, $now)
