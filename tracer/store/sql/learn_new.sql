SELECT DISTINCT saga FROM lesson_new ORDER BY saga
