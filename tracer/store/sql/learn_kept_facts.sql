SELECT step, compensates, owner, n, retried, retried_well, failed, most_attempts, waits, announces FROM course_fact WHERE saga = $saga
