-- The same where nothing joined, no id is an alias, and nothing is folded from the start.
CREATE OR REPLACE TEMP TABLE fresh AS SELECT own AS txn, * EXCLUDE (own) FROM batch_own
