-- The latest sample of each group and partition in `samples`, where it is later than what is known.
CREATE OR REPLACE TEMP TABLE seen AS
SELECT s.* FROM (
    SELECT $source AS source, "group" AS consumer_group, topic, partition, committed, log_end, members, at_ns
    FROM samples
    QUALIFY row_number() OVER (PARTITION BY "group", topic, partition ORDER BY at_ns DESC, committed DESC) = 1
) AS s
ANTI JOIN consumer AS c
ON c.source = s.source AND c.consumer_group = s.consumer_group AND c.topic = s.topic AND c.partition = s.partition
   AND c.at_ns >= s.at_ns
