-- Some of the rejected messages whole. The range spares the others: their values are not read.
SELECT id, source, topic, partition, "offset", at_ns, key, value, headers
FROM rejected WHERE id BETWEEN $first AND $last AND list_contains($ids, id) ORDER BY id
