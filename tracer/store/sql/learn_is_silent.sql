-- Whether the transactions of a saga mostly fall silent without a record that ends them.
SELECT count(*) FILTER (outcome_key IS NULL AND (ended_ns IS NOT NULL OR last_ns < $quiet_before))
       > count(*) FILTER (outcome_key IS NOT NULL)
FROM txn WHERE coalesce(saga, '') = $saga
