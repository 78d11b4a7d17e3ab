-- By source and owner how many records came and how many of them carried an id, those of few records together.
SELECT CASE WHEN place <= $room THEN source ELSE $other END AS source_named, CASE WHEN place <= $room THEN owner ELSE $other END AS owner_named,
       sum(records)::BIGINT, sum(by_id)::BIGINT
FROM (SELECT *, row_number() OVER (ORDER BY records DESC, source, owner) AS place FROM coverage)
GROUP BY ALL ORDER BY ALL
