-- By how much each participant's clock is behind, as what it sends arrives: the least delay, but for a few that are odd. The
-- least, because how long senders keep what they send differs; none where it is within what that scatters. Records that were
-- kept for more than a minute tell nothing.
CREATE OR REPLACE TEMP TABLE delay AS
SELECT owner, CASE WHEN abs(least_ns[2]) > 20000000 + 2 * (least_ns[3] - least_ns[1]) THEN least_ns[2] ELSE 0 END AS ns
FROM (
    SELECT owner, quantile_disc(late_ns, [0.0, 0.02, 0.05]) AS least_ns
    FROM (SELECT owner, TRY(received_ns - greatest(at_ns, until_ns)) AS late_ns FROM record WHERE seq > $after AND owner IS NOT NULL)
    WHERE late_ns BETWEEN -60000000000 AND 60000000000
    GROUP BY owner HAVING count(*) >= 30
)
