-- Steps that undo another one, as the definitions say, for records that name their step and not what it undoes.
CREATE TABLE undo_name (saga VARCHAR NOT NULL, step VARCHAR NOT NULL, compensates VARCHAR NOT NULL, shared BOOLEAN NOT NULL);
