-- The steps of `fresh` alone.
CREATE OR REPLACE TEMP TABLE step_now AS WITH step_rows AS {{step_atoms}} {{step_merge}}
