-- How many incidents of each saga `incident_stuck` has.
SELECT {{measured_saga}} AS named, sum(n)::BIGINT
FROM (SELECT saga, count(DISTINCT incident) AS n FROM incident_stuck GROUP BY saga) GROUP BY ALL ORDER BY ALL
