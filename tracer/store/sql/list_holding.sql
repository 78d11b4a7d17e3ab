-- Of the transactions in `member` those of which some record until $as_of has $value as an attribute or a resource attribute. $key and
-- $text stand in such a record as they are (empty where that is not known): to look for them is cheaper than to read JSON.
CREATE OR REPLACE TEMP TABLE wanted AS
SELECT DISTINCT txn FROM (
    SELECT m.txn, r.attributes, r.resource FROM record AS r JOIN member AS m ON r.transaction_id = m.transaction_id
    WHERE r.at_ns BETWEEN $first AND $last AND least(r.at_ns, {{latest_known}}) <= $as_of
    UNION ALL
    SELECT m.txn, r.attributes, r.resource
    FROM record AS r JOIN placed AS p ON p.seq = r.seq JOIN member AS m ON m.own = p.own
    WHERE r.at_ns BETWEEN $first AND $last AND least(r.at_ns, {{latest_known}}) <= $as_of
)
WHERE (contains(attributes, $key) AND contains(attributes, $text)
       AND CASE WHEN json_valid(attributes) THEN list_contains(json_extract_string(attributes, $paths), $value) END)
   OR (contains(resource, $key) AND contains(resource, $text)
       AND CASE WHEN json_valid(resource) THEN json_extract_string(resource, $path) = $value END)
