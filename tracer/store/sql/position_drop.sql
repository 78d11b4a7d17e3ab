DELETE FROM position USING (SELECT unnest($sources) AS source, unnest($keys) AS key) AS p
WHERE position.source = p.source AND position.key = p.key
