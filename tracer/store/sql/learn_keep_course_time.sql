INSERT INTO course_time FROM added
