SELECT count(*) FROM wanted
