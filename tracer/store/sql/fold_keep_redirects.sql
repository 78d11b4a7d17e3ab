INSERT INTO redirect FROM redirect_now
