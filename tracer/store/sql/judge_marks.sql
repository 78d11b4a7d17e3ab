-- The marks of each open transaction of a saga that is known, as text: it is the same for all that stand alike, and empty
-- where no step was seen yet. What parts the marks is told apart from the same characters in names. Transactions of very many
-- steps, or with very long names, have none: the defaults hold for them.
CREATE OR REPLACE TEMP TABLE mark_now AS
SELECT txn, saga, marks
FROM (
    SELECT t.txn, coalesce(t.saga, '') AS saga,
           coalesce(string_agg({{mark_step}} || chr(31) || {{mark_compensates}} || chr(31) || s.word || chr(31)
                               || CASE WHEN s.word IN ('retrying', 'failed') THEN least(s.attempts, 9) ELSE 1 END,
                               chr(30) ORDER BY s.step, s.compensates), '') AS marks
    FROM txn_state AS t LEFT JOIN state_now AS s ON s.txn = t.txn AND s.word IS NOT NULL
    WHERE t.ended_ns IS NULL AND coalesce(t.saga, '') IN (SELECT saga FROM declared UNION ALL SELECT saga FROM learned)
    GROUP BY t.txn, t.saga
)
WHERE length(marks) <= 16384
