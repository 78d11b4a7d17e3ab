-- What the candidates' traces inherit now, where it differs from what they did. All that their records ask for
-- counts, whichever rule placed them: so that growing knowledge can only add, and any order ends alike. The number
-- of links on the way is limited, so that traces that link to each other do not keep alive what nothing else says.
CREATE OR REPLACE TEMP TABLE heir_change AS
WITH asks AS MATERIALIZED (
    SELECT r.trace_id, r.by_alias, r.by_cause, e.trace
    FROM resolved AS r LEFT JOIN edge AS e ON e.seq = r.seq AND e.kind = 1 AND r.by_alias IS NULL
    WHERE NOT r.has_direct AND r.trace_id <> '00000000-0000-0000-0000-000000000000'::UUID
),
said AS (
    SELECT trace_id, coalesce(by_alias, by_cause) AS own, 1 AS hops FROM asks
    UNION ALL
    SELECT a.trace_id, unnest([d.first_txn, d.last_txn]), 1 FROM asks AS a JOIN direct AS d ON d.trace_id = a.trace
    UNION ALL
    SELECT a.trace_id, i.own, i.hops + 1 FROM asks AS a JOIN inherited AS i ON i.trace_id = a.trace
    WHERE i.hops < 16 AND a.trace NOT IN (SELECT trace_id FROM direct)
),
now AS (
    SELECT trace_id, txn AS own, min(hops)::UTINYINT AS hops
    FROM (SELECT s.trace_id, coalesce(r.txn, s.own) AS txn, s.hops
          FROM said AS s LEFT JOIN redirect AS r ON r.own = s.own WHERE s.own IS NOT NULL)
    GROUP BY trace_id, txn
    QUALIFY txn IN (min(txn) OVER (PARTITION BY trace_id), max(txn) OVER (PARTITION BY trace_id))
),
was AS (SELECT i.* FROM inherited AS i SEMI JOIN (SELECT DISTINCT trace_id FROM resolved) AS r ON i.trace_id = r.trace_id)
SELECT trace_id, own, hops, true AS is_new FROM (FROM now EXCEPT FROM was)
UNION ALL
SELECT trace_id, own, hops, false FROM (FROM was EXCEPT FROM now)
