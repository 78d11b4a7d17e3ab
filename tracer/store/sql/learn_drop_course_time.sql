DELETE FROM course_time WHERE saga IN (SELECT saga FROM learn_mark)
