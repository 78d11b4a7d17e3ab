-- How many records each source and owner sent, and how many of them carried an id themselves.
CREATE TABLE coverage (source VARCHAR NOT NULL, owner VARCHAR, records BIGINT NOT NULL, by_id BIGINT NOT NULL);
