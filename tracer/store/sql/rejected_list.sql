-- The latest first, with the beginning of what they hold.
SELECT id, source, topic, partition, "offset", at_ns, received_ns, size, reason, key[1:$first] AS key, value[1:$first] AS value,
       coalesce(octet_length(key), 0) > $first OR coalesce(octet_length(value), 0) > $first AS is_cut
FROM {{rejected_chosen}} ORDER BY id DESC LIMIT $limit
