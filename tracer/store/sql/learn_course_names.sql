SELECT no, step, compensates, word FROM course_name
