UPDATE course SET n = n * $share
