-- What the records of the transactions in `touched` say of them as such, as it is known.
CREATE OR REPLACE TEMP TABLE txn_now AS
SELECT txn, first_ns, last_ns, records, last_seq, saga, style, outcome_key, error_key, true AS is_known
FROM txn SEMI JOIN touched USING (txn)
