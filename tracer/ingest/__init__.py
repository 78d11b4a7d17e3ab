"""Taking records in: the sink that every collector writes to, and the work that follows in the background.

`sink.Ingest` groups what waits into one commit and answers each writer when it is durable; `jobs.Jobs`
folds, checkpoints and lets go of old records. Both reach the store through the `Appender` and `Worker`
ports below it, so that neither knows DuckDB.
"""
