-- The steps of `fresh_own`, merged with what is known of the transactions in `touched`.
CREATE OR REPLACE TEMP TABLE step_now AS
WITH fresh AS NOT MATERIALIZED {{fresh_own}},
step_rows AS {{step_union}}
{{step_merge}}
