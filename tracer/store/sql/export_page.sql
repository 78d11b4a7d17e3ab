-- The next records in the order of arrival.
FROM {{export_columns}} ORDER BY seq LIMIT $limit
