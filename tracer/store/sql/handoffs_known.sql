-- The hand-offs of `fresh`, merged with what is known of the transactions in `touched`.
CREATE OR REPLACE TEMP TABLE handoff_now AS
WITH handoff_rows AS {{handoff_union}}
{{handoff_merge}}
