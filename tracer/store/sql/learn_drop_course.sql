DELETE FROM course WHERE saga IN (SELECT saga FROM learn_mark)
