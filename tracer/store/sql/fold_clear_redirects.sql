DELETE FROM redirect
