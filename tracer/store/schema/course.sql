-- The courses that transactions of a saga took to an end that a record said, and how many (recent ones count more). A course
-- is what happened in the order of time: b12 a step begins, e12 it ends, p12 both at once; the numbers are in course_name.
CREATE TABLE course (saga VARCHAR NOT NULL, course VARCHAR NOT NULL, outcome VARCHAR NOT NULL, n DOUBLE NOT NULL);
