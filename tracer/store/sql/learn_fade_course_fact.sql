UPDATE course_fact SET n = n * $share, retried = retried * $share, retried_well = retried_well * $share, failed = failed * $share
