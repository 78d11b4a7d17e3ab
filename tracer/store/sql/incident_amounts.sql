-- What is at stake in each incident, and of how many transactions that is known: of the records that have a number at
-- one of the $places of its saga, the latest.
WITH place AS (SELECT unnest($sagas) AS saga, unnest($places) AS places), told AS (
    SELECT r.txn, r.at_ns, r.seq,
           list_filter(list_transform(p.places, lambda one: TRY_CAST(json_extract_string(r.attributes, one) AS DOUBLE)),
                       lambda one: isfinite(one))[1] AS amount
    FROM (
        SELECT i.txn, r.at_ns, r.seq, r.attributes FROM record AS r JOIN incident_record AS i ON i.seq = r.seq
        WHERE r.seq BETWEEN $low AND $high AND r.attributes <> '{}' AND json_valid(r.attributes)
    ) AS r JOIN incident_stuck AS s ON s.txn = r.txn JOIN place AS p ON p.saga = s.saga
)
SELECT incident, fsum(amount), count(*)
FROM (SELECT txn, arg_max(amount, {'at_ns': at_ns, 'seq': seq}) AS amount FROM told WHERE amount IS NOT NULL GROUP BY txn)
JOIN incident_stuck USING (txn) GROUP BY incident
