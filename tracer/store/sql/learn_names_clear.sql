-- Forget the numbers of marks that nothing kept has any more.
DELETE FROM course_name
WHERE no NOT IN (
    SELECT before FROM course_time WHERE before IS NOT NULL
    UNION SELECT after FROM course_time
    UNION SELECT unnest(regexp_extract_all(course, '[0-9]+'))::INTEGER FROM course
)
