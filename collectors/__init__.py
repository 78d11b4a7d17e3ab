"""Collectors: one folder for each kind of source that records come from.

A collector decodes what its source sends to batches of `tracer.model.records.RECORD_SCHEMA`, hands them
to the sink that it was given, and only then acknowledges them (see `tracer.ports`). It knows nothing
of the store, and Sagascope finds it by its entry point in the group `sagascope.collectors`.
"""
