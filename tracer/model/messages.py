"""The Arrow schemas of a broker's messages: as they came, refused, and how far others have read.

A message stays as bytes until a decoder makes a record of it. What no decoder understands is kept as it
came, with the reason, and can be decoded again when the configuration is better.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

MESSAGE_SCHEMA: Final = pa.schema(
    [
        pa.field("topic", pa.string(), nullable=False),  # queue, stream or subject elsewhere
        pa.field("partition", pa.int32(), nullable=False),  # 0 where the broker has none
        pa.field("offset", pa.int64(), nullable=False),  # or another number that only grows
        pa.field("at_ns", pa.int64(), nullable=False),  # the message's own time, as the broker has it
        pa.field("key", pa.binary()),
        pa.field("value", pa.binary()),  # null: a tombstone
        pa.field("headers", pa.map_(pa.string(), pa.binary()), nullable=False),
    ]
)

# A message that was refused, and why. A reason is one line for a person.
REJECTED_SCHEMA: Final = MESSAGE_SCHEMA.append(pa.field("reason", pa.string(), nullable=False))

# How far a consumer group has come in a partition: `committed` is the next offset it will read (-1: it has
# committed none), `log_end` the next one to be written, `members` how many consumers it has (-1: not known).
PROGRESS_SCHEMA: Final = pa.schema(
    [
        pa.field("group", pa.string(), nullable=False),
        pa.field("topic", pa.string(), nullable=False),
        pa.field("partition", pa.int32(), nullable=False),
        pa.field("committed", pa.int64(), nullable=False),
        pa.field("log_end", pa.int64(), nullable=False),
        pa.field("members", pa.int32(), nullable=False),
        pa.field("at_ns", pa.int64(), nullable=False),
    ]
)
