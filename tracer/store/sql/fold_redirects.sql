-- Every id that is an alias of exactly one other transaction, followed to the end of the chain (at most
-- eight steps; a circle leads nowhere and redirects nothing).
CREATE OR REPLACE TEMP TABLE redirect_now AS
WITH RECURSIVE parent AS MATERIALIZED (
    SELECT n.own, min(a.own) AS up
    FROM name AS n JOIN alias_txn AS a ON n.key = a.key AND n.transaction_id = a.value AND n.own <> a.own
    GROUP BY n.own HAVING count(DISTINCT a.own) = 1
),
climb AS (
    SELECT own, up, 1 AS depth FROM parent
    UNION ALL
    SELECT c.own, p.up, c.depth + 1 FROM climb AS c JOIN parent AS p ON p.own = c.up WHERE c.depth < 8
)
SELECT c.own, c.up AS txn FROM climb AS c ANTI JOIN parent AS p ON p.own = c.up
