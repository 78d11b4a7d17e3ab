-- What is known of one saga; no row where nothing is.
SELECT d.body, l.body
FROM (SELECT $saga AS saga) AS asked LEFT JOIN declared AS d USING (saga) LEFT JOIN learned AS l USING (saga)
WHERE d.body IS NOT NULL OR l.body IS NOT NULL
