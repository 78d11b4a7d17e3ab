-- How many situations each saga has, and the highest number given.
SELECT saga, count(*), max(id) FROM situation GROUP BY saga
