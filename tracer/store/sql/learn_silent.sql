-- The most recent transactions of a saga that have fallen silent without a record that ends them; none of a saga whose
-- transactions mostly say the end.
CREATE OR REPLACE TEMP TABLE touched AS
SELECT txn FROM txn
WHERE coalesce(saga, '') = $saga AND outcome_key IS NULL AND (ended_ns IS NOT NULL OR last_ns < $quiet_before)
ORDER BY last_seq DESC LIMIT $most
