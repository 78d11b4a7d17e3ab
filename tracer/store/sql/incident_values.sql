-- How many of the transactions of `incident_sample` have which value of which attribute, among the records of one
-- owner; and `tested`, how many such values at least two have: only those could tell anything. Long values are nobody's
-- cause. Told are those that at least half of the stuck ones have. What came by message has its headers, its payload
-- and its partition, too. A text that many records have is looked into once.
WITH told AS MATERIALIZED (
    SELECT i.txn, r.owner, r.attributes, r.resource, r.kind, r.position
    FROM record AS r JOIN incident_record AS i ON i.seq = r.seq WHERE r.seq BETWEEN $low AND $high
), bodies AS MATERIALIZED (
    SELECT txn, owner, attributes AS body FROM told WHERE attributes <> '{}' AND length(attributes) <= $body AND json_valid(attributes)
    UNION ALL
    SELECT DISTINCT txn, owner, resource FROM told WHERE length(resource) <= $body AND json_valid(resource)
), texts AS MATERIALIZED (
    SELECT DISTINCT body FROM bodies
), objects AS (
    SELECT body AS whole, '' AS above, body FROM texts
    UNION ALL
    SELECT body, name || '.', json_extract(body, '/' || name)::VARCHAR
    FROM texts, (VALUES ('headers'), ('payload')) AS inner_object(name)
    WHERE json_type(body, '/' || name) = 'OBJECT'
), said AS (
    SELECT whole, above || key AS attribute, json_extract(body, '/' || replace(replace(key, '~', '~0'), '/', '~1'))::VARCHAR AS value
    FROM (SELECT *, unnest(json_keys(body)) AS key FROM objects) WHERE length(key) <= 200
), found AS (
    SELECT b.txn, b.owner, s.attribute, s.value FROM bodies AS b JOIN said AS s ON s.whole = b.body
    UNION ALL
    SELECT txn, owner, 'messaging.destination.partition.id', to_json(regexp_replace(position, '^(.+)/([0-9]+)/[0-9]+$', '\1[\2]'))::VARCHAR
    FROM told WHERE kind = 'event' AND regexp_full_match(position, '.+/[0-9]+/[0-9]+')
), counted AS (
    SELECT s.incident, f.owner, f.attribute, f.value, count(*) FILTER (s.is_stuck) AS stuck, count(*) FILTER (NOT s.is_stuck) AS passing
    FROM (SELECT DISTINCT * FROM found WHERE length(value) <= 100 AND value[1] NOT IN ('{', '[', 'n')) AS f
    JOIN incident_sample AS s ON s.txn = f.txn
    GROUP BY ALL HAVING count(*) > 1
), sizes AS (
    SELECT incident, count(*) FILTER (is_stuck) AS stuck_of, count(*) FILTER (NOT is_stuck) AS passing_of FROM incident_sample GROUP BY incident
)
SELECT incident, owner, attribute, json_extract_string(value, '$'), stuck, stuck_of, passing, passing_of, tested
FROM (SELECT *, count(*) OVER (PARTITION BY incident) AS tested FROM counted) JOIN sizes USING (incident)
WHERE 2 * stuck >= stuck_of AND passing_of > 0
ORDER BY ALL
