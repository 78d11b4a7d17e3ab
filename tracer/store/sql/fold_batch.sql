-- The records that arrived since the last fold.
CREATE OR REPLACE TEMP TABLE batch AS FROM {{record_columns}} WHERE seq > $lo AND seq <= $hi
