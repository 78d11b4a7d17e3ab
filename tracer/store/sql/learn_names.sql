-- Give numbers to marks that have none yet.
INSERT INTO course_name
SELECT (SELECT coalesce(max(no), 0) FROM course_name) + row_number() OVER (ORDER BY step, compensates, word), step, compensates, word
FROM (SELECT DISTINCT step, compensates, word FROM learn_mark) ANTI JOIN course_name USING (step, compensates, word)
