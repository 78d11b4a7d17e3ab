"""What the decoder asks of the stage before it."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import pyarrow as pa


class Unwrapped(NamedTuple):
    """What became of a batch's values, in the same order and of the same length.

    `values` (binary) is JSON text in UTF-8, or the value as it came where the stage has nothing to say, null
    for a tombstone. `schema_refs` (string) names the schema, null where there is none. `reasons` (string)
    says why a value could not be read, null where it could; None: all could.
    """

    values: pa.Array
    schema_refs: pa.Array
    reasons: pa.Array | None


class Unwrap(Protocol):
    """Takes values out of a binary wire format."""

    def unwrap(self, values: pa.Array, topics: pa.Array) -> Unwrapped:
        """Give the values (binary) of messages of these topics (string) as JSON. Must not raise for bad bytes.

        Raises Busy when what it needs is not there now.
        """
        ...
