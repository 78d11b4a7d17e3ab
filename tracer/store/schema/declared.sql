-- What the definition files say of a saga (a DeclaredSaga as JSON), as of the last time the sidecar read them.
CREATE TABLE declared (saga VARCHAR NOT NULL, body VARCHAR NOT NULL);
