-- The end of the next slice of records that arrived before an instant, among those that are folded.
SELECT min(s) FROM (
    SELECT max(seq) AS s FROM record WHERE received_ns < $before AND seq <= (SELECT folded_seq FROM progress)
    UNION ALL
    SELECT min(seq) + $slice - 1 FROM record
) HAVING count(s) = 2
