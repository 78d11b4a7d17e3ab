SELECT before, after, bucket, n FROM course_time WHERE saga = $saga
