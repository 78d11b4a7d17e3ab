"""The store: the only package that knows DuckDB.

`Store.read(fn)`, `write(fn)`, `fold(fn)` and `write_alone(fn)` are the doors: they call `fn` with a `Session`, which
runs the SQL kept in `sql/` by name with bound values, in one transaction. No connection escapes. Reads run beside each
other and beside every write. `write` and `fold` run beside each other, since they write different tables, and each one
at a time; `write_alone` runs beside no write.

- `store.Store` opens the file (lock, schema version, write-ahead log that cannot be replayed).
- `lane.Lane` is what takes turns: one for appends, one for the fold.
- `append` commits batches of records and absorbs duplicates; records are never changed afterwards.
- `fold` derives the state of the transactions that new records touched.
- `retention` lets go of what is too old or too much.
- `console` runs other people's SQL, read-only and locked down.
"""
