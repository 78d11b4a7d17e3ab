-- Put the transactions that are new into `txn`, with their ids.
INSERT INTO txn BY NAME
SELECT s.* EXCLUDE (is_known), n.transaction_id FROM txn_state AS s JOIN name AS n ON n.own = s.txn WHERE NOT s.is_known
