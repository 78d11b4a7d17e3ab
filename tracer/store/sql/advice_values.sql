-- The distinct texts that the records in `shown` have at any of some paths.
SELECT DISTINCT value
FROM (SELECT json_extract_string(s.attributes, p.path) AS value
      FROM shown AS s, (SELECT unnest($paths) AS path) AS p WHERE json_valid(s.attributes))
WHERE value IS NOT NULL ORDER BY value LIMIT $most
