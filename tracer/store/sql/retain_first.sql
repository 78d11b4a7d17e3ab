SELECT min(s) FROM (
    SELECT min(seq) + $slice - 1 AS s FROM record UNION ALL SELECT folded_seq FROM progress
) HAVING count(s) = 2
