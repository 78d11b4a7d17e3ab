SELECT count(*) FROM placed
