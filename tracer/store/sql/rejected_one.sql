SELECT id, source, topic, partition, "offset", at_ns, received_ns, size, reason, key, value, false, headers
FROM rejected WHERE id = $id
