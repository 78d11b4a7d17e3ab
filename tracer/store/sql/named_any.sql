-- Whether definitions say what names mean.
SELECT EXISTS (FROM pattern) OR EXISTS (FROM undo_name)
