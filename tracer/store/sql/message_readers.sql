-- How far the groups that read a partition have come, as of $now: what they had committed then (since when, last seen
-- when), the last time that they passed $offset, and the earliest sample of the time that a rate is measured over.
-- How much there is to read, and how many members a group has, is known of the present only ($live). What was over
-- before $from is of no interest: zone maps skip it. Who is behind comes first, the furthest first of all.
WITH span AS (
    SELECT consumer_group, committed, since_ns, until_ns FROM consumer_past
    WHERE source = $source AND topic = $topic AND partition = $partition AND since_ns <= $now
      AND until_ns >= $from
    UNION ALL
    SELECT consumer_group, committed, since_ns, at_ns FROM consumer
    WHERE source = $source AND topic = $topic AND partition = $partition AND since_ns <= $now
), seen AS (
    SELECT *, lead(committed) OVER later AS next_committed, lead(since_ns) OVER later AS next_ns
    FROM span WINDOW later AS (PARTITION BY consumer_group ORDER BY since_ns)
)
SELECT s.*, CASE WHEN $live THEN c.log_end END AS log_end, CASE WHEN $live THEN c.members ELSE -1 END AS members,
       count(*) OVER () AS groups
FROM (
    SELECT consumer_group, arg_max(committed, since_ns) AS committed, max(since_ns) AS since_ns,
           max(until_ns) AS seen_ns,
           max({'until_ns': until_ns, 'committed': committed, 'next_ns': next_ns, 'next_committed': next_committed})
               FILTER (committed <= $offset AND next_committed > $offset) AS passed,
           min({'at_ns': greatest(since_ns, $recent), 'committed': committed}) FILTER (until_ns >= $recent) AS earlier
    FROM seen GROUP BY consumer_group
) AS s
LEFT JOIN consumer AS c
ON c.source = $source AND c.topic = $topic AND c.partition = $partition AND c.consumer_group = s.consumer_group
ORDER BY s.committed > $offset, s.committed, s.consumer_group LIMIT $limit
