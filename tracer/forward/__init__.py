"""Passes what was received over OTLP on to another endpoint, without ever slowing ingestion.

`queue` holds what waits, bounded by bytes and count; `attempt` says what an answer means under the OTLP
exporter rules; `grpc` and `http` send one request; `forward` runs the senders.
"""
