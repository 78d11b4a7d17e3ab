-- The next messages to decode again, in the order in which they came: so many, and so large together, but always one.
SELECT id, size FROM (
    SELECT id, size, sum(size) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) AS total, row_number() OVER (ORDER BY id) AS nth
    FROM (SELECT id, size FROM {{rejected_chosen}} WHERE id > $after ORDER BY id LIMIT $most)
) WHERE nth = 1 OR total <= $most_bytes ORDER BY id
