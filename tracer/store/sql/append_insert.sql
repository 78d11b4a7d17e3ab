INSERT INTO record BY NAME SELECT * REPLACE ({{uid}} AS uid) FROM incoming
