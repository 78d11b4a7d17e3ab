CREATE OR REPLACE TEMP TABLE direct AS FROM {{trace_direct}}
