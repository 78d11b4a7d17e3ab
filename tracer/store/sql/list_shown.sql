-- (not a statement: the rows of the list of the transactions in `chosen`, from the rows `listed`)
SELECT transaction_id, saga, style, status_now, step, owner, state, basis, CASE WHEN status_now = 'stuck' THEN stall END,
       first_ns, last_ns, ended_ns, since_ns, substr(error_key, 20),
       CASE WHEN ended_ns IS NOT NULL THEN outcome_key[20:] END
FROM (
    SELECT *, {{status_now}} AS status_now
    FROM listed SEMI JOIN chosen USING (txn)
)
ORDER BY /*order*/
