INSERT INTO course_fact FROM added QUALIFY row_number() OVER (PARTITION BY saga ORDER BY n DESC, step, compensates) <= 1000
