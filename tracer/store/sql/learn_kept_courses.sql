SELECT course, outcome, n FROM course WHERE saga = $saga ORDER BY n DESC, course, outcome
