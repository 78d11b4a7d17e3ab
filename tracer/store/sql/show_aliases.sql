SELECT DISTINCT value FROM (
    SELECT a.value FROM alias_txn AS a SEMI JOIN member ON a.own = member.own
    UNION ALL
    SELECT transaction_id FROM member WHERE own <> txn
) WHERE value <> $id ORDER BY value
