"""The store: the only package that knows DuckDB.

Two doors lead in: `Store.read(fn)` and `Store.write(fn)` call `fn` with a `Session`, which runs the
SQL kept in `sql/` by name with bound values. No connection escapes. Reads run beside each other and
beside the writer; writes run one at a time, each in one transaction.

- `store.Store` opens the file (lock, schema version, write-ahead log that cannot be replayed).
- `append` commits batches of records and absorbs duplicates; records are never changed afterwards.
- `fold` derives the state of the transactions that new records touched.
- `retention` lets go of what is too old or too much.
- `console` runs other people's SQL, read-only and locked down.
"""
