INSERT INTO course FROM added QUALIFY row_number() OVER (PARTITION BY saga ORDER BY n DESC, course, outcome) <= 2000
