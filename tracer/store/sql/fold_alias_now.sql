-- The aliases that the batch's records tie to their transactions and that are not known yet.
CREATE OR REPLACE TEMP TABLE alias_new AS
SELECT DISTINCT a.key, a.own, a.kind, a.value
FROM (
    SELECT own, kind, {{alias_value}} AS value, md5_number_lower(value) AS key
    FROM (SELECT own, aliases, unnest(json_keys(aliases)) AS kind FROM batch_own WHERE json_valid(aliases))
    WHERE value <> ''
) AS a
ANTI JOIN (
    SELECT t.key, t.own, t.kind FROM alias_txn AS t JOIN (SELECT DISTINCT own FROM batch_own WHERE aliases IS NOT NULL) USING (own)
) AS k ON a.key = k.key AND a.own = k.own AND a.kind = k.kind
