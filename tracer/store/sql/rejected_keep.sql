-- What is new of `refused`; the ids are in the order in which it came, so they are given after it is ordered.
INSERT INTO rejected
SELECT nextval('rejected_id'), * FROM (
    SELECT f.source, f.topic, f.partition, f."offset", f.at_ns, $received, f.key, f.value, f.headers,
           coalesce(octet_length(f.key), 0) + coalesce(octet_length(f.value), 0)
           + coalesce(list_sum(list_transform(f.headers, lambda h: octet_length(h.key::BLOB) + coalesce(octet_length(h.value), 0))), 0)::BIGINT,
           f.reason
    FROM (
        SELECT * FROM refused QUALIFY row_number() OVER (PARTITION BY source, topic, partition, "offset" ORDER BY row) = 1
    ) AS f
    ANTI JOIN rejected AS r
    ON r.source = f.source AND r.topic = f.topic AND r.partition = f.partition AND r."offset" = f."offset"
    ORDER BY f.row
)
