-- The steps that a person should see, with their states: where some record of a transaction names its step, steps
-- that are only the name of a span are left out.
CREATE OR REPLACE TEMP TABLE state_now AS
WITH totals AS {{step_totals}}
FROM {{step_states}} WHERE explicit OR txn NOT IN (SELECT txn FROM step_now WHERE explicit)
