"""What bytes, schemas and the registry may make us hold or wait for."""

from __future__ import annotations

from typing import Final

MIB: Final = 2**20

MAX_ANSWER_BYTES: Final = 4 * MIB  # one answer of the registry
MAX_SCHEMA_CHARS: Final = 4 * MIB  # all that one schema refers to
MAX_REFERENCES: Final = 100  # schemas that one schema refers to, directly or not
MAX_SCHEMAS: Final = 1000  # readers kept
MAX_REFUSALS: Final = 4000  # ids kept of which the registry knows nothing, or nothing usable
MAX_LOOKUPS: Final = 200  # ids asked of the registry for one batch
LOOKUPS_S: Final = 30.0  # after which no more are asked for the batch
REFUSAL_S: Final = 60.0  # an id that is not known, or whose schema is not usable, is not asked for again before

MAX_VALUE_BYTES: Final = 8 * MIB  # one message
MAX_SCHEMA_DEPTH: Final = 64  # types within types
MAX_EXPANSION: Final = 64  # values that one byte of a message may stand for
MAX_JSON_CHARS: Final = 64 * MIB  # one message as JSON: names come from the schema, and again with each record
MAX_BATCH_BYTES: Final = 1024 * MIB  # what a batch becomes: an Arrow array of binaries holds two of these
MAX_INDEXES: Final = MAX_SCHEMA_DEPTH  # message indexes of a Protobuf message: one a level
COMPILE_S: Final = 20.0  # protoc, for one schema
