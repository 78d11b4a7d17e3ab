SELECT count(*) FILTER (whole), count(*) FILTER (NOT whole) FROM requeue
