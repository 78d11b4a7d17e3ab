-- The hand-offs of `fresh` alone.
CREATE OR REPLACE TEMP TABLE handoff_now AS WITH handoff_rows AS {{handoff_atoms}} {{handoff_merge}}
