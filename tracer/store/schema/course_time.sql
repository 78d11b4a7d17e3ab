-- How long steps took (`before` null), and how long it was from the end of one to the beginning of another: how many fell
-- into a bucket, [2^(b/4), 2^((b+1)/4)) nanoseconds.
CREATE TABLE course_time (saga VARCHAR NOT NULL, before INTEGER, after INTEGER NOT NULL, bucket INTEGER NOT NULL, n DOUBLE NOT NULL);
