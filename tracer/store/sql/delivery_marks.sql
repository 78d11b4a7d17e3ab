SELECT count(*) FILTER (state = 'waiting'), count(*) FILTER (state = 'failed') FROM delivery
