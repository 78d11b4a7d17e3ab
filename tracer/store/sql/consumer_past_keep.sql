INSERT INTO consumer_past
SELECT c.source, c.consumer_group, c.topic, c.partition, c.committed, c.since_ns, c.at_ns
FROM consumer AS c JOIN seen AS s
ON c.source = s.source AND c.consumer_group = s.consumer_group AND c.topic = s.topic AND c.partition = s.partition
WHERE c.committed <> s.committed
