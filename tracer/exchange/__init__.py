"""Records and messages as files: what `export` writes, what `import`, `map-try` and `map-suggest` read.

A file of records is NDJSON (one object a line, a column that is null left out) or Parquet, with the columns of
`columns.COLUMNS`: those of the table `records`. JSON columns are JSON in NDJSON and text in Parquet, byte for
byte as they were stored; ids are hex. `uid` is the identity as the store has it, so that a record that is
imported again is known again.

A dump of messages is NDJSON or Parquet as well (`messages`); what becomes of its messages is a matter of the
collector that the configuration has for them.
"""
