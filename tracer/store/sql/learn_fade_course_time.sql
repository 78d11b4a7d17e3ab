UPDATE course_time SET n = n * $share
