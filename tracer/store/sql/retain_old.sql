-- The end of the next slice of records that arrived before an instant, among those that are folded. Only the first
-- ones in the order of arrival: a clock that once stood in the past must not take with it what came before.
SELECT CASE WHEN upto >= first THEN upto END
FROM (
    SELECT f.first, least(f.first + $slice - 1, p.folded_seq, coalesce(y.young - 1, p.folded_seq)) AS upto
    FROM (SELECT min(seq) AS first FROM record) AS f, progress AS p,
         (SELECT min(seq) AS young FROM record WHERE received_ns >= $before) AS y
)
