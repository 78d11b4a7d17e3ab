"""Sagascope's core: the record model, the ports, the store, the fold, the queries and the ways to ask them.

Data flows one way: collectors hand over Arrow batches of records, `tracer.ingest` commits them,
`tracer.store` keeps them, the fold derives the state of each transaction, `tracer.query` answers,
and `tracer.api`, `tracer.client`, `tracer.cli` and the package `tui` show the answers.
"""

__version__ = "0.1.0"
