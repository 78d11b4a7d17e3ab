-- Facts about the file itself: the schema version and who wrote it.
CREATE TABLE meta (key VARCHAR NOT NULL, value VARCHAR NOT NULL);
