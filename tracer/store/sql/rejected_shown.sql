-- Some of the rejected messages, the latest first, with the beginning of what they hold; the range spares the others.
SELECT id, source, topic, partition, "offset", at_ns, received_ns, size, reason, key[1:$first_bytes] AS key, value[1:$first_bytes] AS value,
       coalesce(octet_length(key), 0) > $first_bytes OR coalesce(octet_length(value), 0) > $first_bytes AS is_cut
FROM rejected WHERE id BETWEEN $first AND $last AND list_contains($ids, id) ORDER BY id DESC
