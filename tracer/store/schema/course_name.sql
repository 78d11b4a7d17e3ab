-- The marks that courses are made of, each with a number.
CREATE TABLE course_name (no INTEGER NOT NULL, step VARCHAR NOT NULL, compensates VARCHAR NOT NULL, word VARCHAR NOT NULL);
