-- (not a statement: a saga as the metrics name it)
CASE WHEN saga IS NULL THEN $unknown WHEN list_contains($sagas::VARCHAR[], saga) THEN saga ELSE $other END
