-- For candidates in a trace of several transactions: the nearest ancestor that carries an id; where its span
-- carries the ids of several, none.
CREATE OR REPLACE TEMP TABLE ancestor AS
WITH RECURSIVE mixed AS MATERIALIZED (SELECT trace_id FROM direct WHERE n > 1),
kin AS MATERIALIZED (
    SELECT r.trace_id, r.span_id, max(r.parent_span_id) AS parent_span_id, min(n.own) AS own,
           count(DISTINCT coalesce(d.txn, n.own)) AS n
    FROM record AS r SEMI JOIN mixed ON r.trace_id = mixed.trace_id
    LEFT JOIN name AS n ON n.key = md5_number_lower(r.transaction_id) AND n.transaction_id = r.transaction_id
    LEFT JOIN redirect AS d ON d.own = n.own
    WHERE r.kind = 'span' AND r.span_id <> 0 AND r.seq > $floor AND r.seq <= $hi
    GROUP BY r.trace_id, r.span_id
),
climb AS (
    SELECT c.seq, c.trace_id, CASE WHEN c.kind = 'span' THEN c.parent_span_id ELSE c.span_id END AS up, NULL::BIGINT AS own, 0 AS n
    FROM candidate AS c SEMI JOIN mixed ON c.trace_id = mixed.trace_id
    UNION
    SELECT c.seq, c.trace_id, k.parent_span_id, k.own, k.n
    FROM climb AS c JOIN kin AS k ON k.trace_id = c.trace_id AND k.span_id = c.up
    WHERE c.n = 0
)
SELECT seq, min(own) AS own FROM climb WHERE n = 1 GROUP BY seq
