INSERT INTO situation BY NAME FROM judged
