INSERT INTO course_time FROM added QUALIFY row_number() OVER (PARTITION BY saga ORDER BY n DESC, before, after, bucket) <= 50000
