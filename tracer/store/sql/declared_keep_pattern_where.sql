INSERT INTO pattern_where BY NAME FROM named
