-- The batch's records that carry an id, to be changed by what their names mean.
CREATE OR REPLACE TEMP TABLE fresh AS FROM {{fresh_own}}
