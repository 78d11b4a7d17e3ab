-- What the names of the records of `fresh` mean, for their steps (`is`) and for the whole (`ends`): of several patterns the
-- narrowest, then the first.
CREATE OR REPLACE TEMP TABLE matched AS
WITH fits AS (
    SELECT r.seq, r.attributes, p.* EXCLUDE (name)
    FROM record AS r JOIN pattern AS p ON p.name = r.name AND (p.saga = r.saga OR (r.saga IS NULL AND NOT p.shared))
    WHERE r.seq BETWEEN $low AND $high AND r.step_by IS DISTINCT FROM 'attribute'
),
held AS (
    SELECT seq, no, count(DISTINCT condition) AS held
    FROM (SELECT seq, no, attributes FROM fits WHERE conditions > 0) AS f JOIN pattern_where AS w USING (no)
    WHERE json_valid(f.attributes) AND json_extract_string(f.attributes, w.path) = w.value
    GROUP BY seq, no
)
SELECT seq,
       min({'narrow': -conditions, 'no': no, 'saga': saga, 'step': step, 'compensates': compensates, 'phase': phase})
           FILTER (step IS NOT NULL) AS is,
       min({'narrow': -conditions, 'no': no, 'saga': saga, 'outcome': outcome}) FILTER (outcome IS NOT NULL) AS ends
FROM fits LEFT JOIN held USING (seq, no)
WHERE conditions = coalesce(held, 0)
GROUP BY seq
