DELETE FROM course_fact WHERE saga IN (SELECT saga FROM learn_mark)
