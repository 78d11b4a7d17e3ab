INSERT INTO lesson_new SELECT DISTINCT saga FROM learn_mark
