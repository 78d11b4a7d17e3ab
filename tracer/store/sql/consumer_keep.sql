MERGE INTO consumer AS c USING seen AS s
ON c.source = s.source AND c.consumer_group = s.consumer_group AND c.topic = s.topic AND c.partition = s.partition
WHEN MATCHED THEN UPDATE SET
    since_ns = CASE WHEN c.committed = s.committed THEN c.since_ns ELSE s.at_ns END,
    committed = s.committed, log_end = s.log_end, members = s.members, at_ns = s.at_ns
WHEN NOT MATCHED THEN INSERT VALUES
    (s.source, s.consumer_group, s.topic, s.partition, s.committed, s.log_end, s.members, s.at_ns, s.at_ns)
