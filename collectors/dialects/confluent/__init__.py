"""Avro, Protobuf and JSON Schema in the Confluent wire format, made plain JSON.

A value in this format begins with a zero byte and the id of its schema (4 bytes, big-endian); a schema
registry knows the schema. `unwrap.RegistryUnwrap` is the decoder's first stage (`collectors.dialects.ports`):

    framing   which values are in the format, and their ids                     pure, columnar
    schemas   id -> reader: what the registry said, kept; what it did not, kept for a while
    client    HTTP to the registry, one short circuit for when it is away
    avro, protobuf, json_schema   bytes -> JSON text by one schema, built once  pure

Bytes and schemas are hostile: depth, expansion, sizes and look-ups have the limits of `limits`.
The format is described in Confluent's documentation of Schema Registry, "Wire format".
"""
