-- The latest of the rejected messages, so large together.
SELECT id, size FROM (
    SELECT id, size, sum(size) OVER (ORDER BY id DESC ROWS UNBOUNDED PRECEDING) AS total FROM rejected
) WHERE total <= $most_bytes ORDER BY id
