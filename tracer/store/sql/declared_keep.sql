INSERT INTO declared VALUES ($saga, $body)
