-- The hand-offs of `fresh_own`, merged with what is known of the transactions in `touched`.
CREATE OR REPLACE TEMP TABLE handoff_now AS
WITH fresh AS NOT MATERIALIZED {{fresh_own}},
handoff_rows AS {{handoff_union}}
{{handoff_merge}}
