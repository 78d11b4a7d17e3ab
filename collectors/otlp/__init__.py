"""The OTLP collector: spans and log records over gRPC and HTTP, protobuf and JSON.

Bytes go one way: a listener (`grpc_listener`, `http_listener`) inflates and checks a request and gives
it to the `intake`, which decodes all requests that wait (`decode`, pure and columnar), hands their
records to the sink in one write, and only then lets the listener acknowledge each of them.
`docs/attributes.md` says what becomes of every field.
"""
