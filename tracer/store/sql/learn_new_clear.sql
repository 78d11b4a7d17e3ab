DELETE FROM lesson_new WHERE saga = $saga
