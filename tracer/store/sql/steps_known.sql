-- The steps of `fresh`, merged with what is known of the transactions in `touched`.
CREATE OR REPLACE TEMP TABLE step_now AS
WITH step_rows AS {{step_union}}
{{step_merge}}
