DELETE FROM pattern; DELETE FROM pattern_where; DELETE FROM undo_name;
