INSERT INTO place_of BY NAME FROM judged
