INSERT INTO course_fact FROM added
