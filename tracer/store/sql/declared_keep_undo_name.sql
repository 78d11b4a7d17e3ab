INSERT INTO undo_name BY NAME FROM named
