-- The transactions that the filters let through as they stood at $now, attributes aside.
CREATE OR REPLACE TEMP TABLE wanted AS SELECT txn FROM {{list_rows_past}}
