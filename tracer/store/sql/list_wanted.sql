-- The transactions that the filters let through, attributes aside.
CREATE OR REPLACE TEMP TABLE wanted AS SELECT txn FROM {{list_rows}}
