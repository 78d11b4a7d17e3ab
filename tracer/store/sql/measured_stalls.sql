-- Where the stuck transactions stand as of $now, and how many: those places first that were told before, then those of most.
WITH places AS (
    SELECT {{measured_saga}} AS named, step, owner, stall, sum(n)::BIGINT AS n
    FROM (
        SELECT saga, step, owner, stall, count(*) AS n
        FROM txn WHERE deadline_ns < $now AND ended_ns IS NULL AND stall IS NOT NULL GROUP BY ALL
    )
    GROUP BY ALL
), told AS (
    SELECT unnest($told_sagas::VARCHAR[]) AS named, unnest($told_steps::VARCHAR[]) AS step, unnest($told_owners::VARCHAR[]) AS owner,
           unnest($told_kinds::VARCHAR[]) AS stall
)
SELECT p.named, p.step, p.owner, p.stall, p.n
FROM places AS p LEFT JOIN told AS t
ON t.stall = p.stall AND t.named = p.named AND t.step IS NOT DISTINCT FROM p.step AND t.owner IS NOT DISTINCT FROM p.owner
ORDER BY t.stall IS NULL, p.n DESC, p.named, p.step, p.owner, p.stall LIMIT $limit
