-- Whether an alias is also the id that some record carries as its own.
SELECT EXISTS (SELECT 1 FROM name AS n JOIN alias_new AS a ON n.key = a.key)
    OR EXISTS (SELECT 1 FROM alias_txn AS a JOIN fresh_name AS n ON n.key = a.key AND n.is_new)
