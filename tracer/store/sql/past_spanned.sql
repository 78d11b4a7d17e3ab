-- The rows of the transactions that span the instant, with their ids.
CREATE OR REPLACE TEMP TABLE spanned AS
SELECT s.*, t.transaction_id FROM txn_state AS s JOIN (SELECT txn, transaction_id FROM txn) AS t USING (txn)
