SELECT course, outcome, n FROM {{learn_courses}} ORDER BY n DESC, course, outcome
