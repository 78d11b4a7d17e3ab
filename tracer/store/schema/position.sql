-- Where each source stands, committed together with the records that it covers.
CREATE TABLE position (source VARCHAR NOT NULL, key VARCHAR NOT NULL, value VARCHAR NOT NULL);
