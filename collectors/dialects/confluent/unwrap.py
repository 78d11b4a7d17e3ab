"""The decoder's first stage: values in the Confluent wire format become JSON text, the others stay as they are.

A message's schema_ref is `NAME:ID`: NAME is the full name of its Avro or Protobuf type (`shop.OrderPlaced`), of
a JSON Schema the title, else the $id, else the topic; ID is the registry's number of the schema, which
tells one version from another.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from collectors.dialects.confluent.client import Registry
from collectors.dialects.confluent.errors import BadValue
from collectors.dialects.confluent.framing import HEADER_BYTES, framed, schema_ids
from collectors.dialects.confluent.limits import LOOKUPS_S, MAX_BATCH_BYTES, MAX_LOOKUPS, MAX_VALUE_BYTES
from collectors.dialects.confluent.options import RegistryOptions, check, check_files
from collectors.dialects.confluent.schemas import Reader, Schemas
from collectors.dialects.ports import Unwrapped
from tracer.model.text import clean


class RegistryUnwrap:
    """Unwraps by a schema registry; for one thread at a time, except `trouble`. It waits for the registry.

    `monotonic` gives seconds that never go back, `sleep` waits for some.
    """

    def __init__(
        self,
        options: RegistryOptions,
        *,
        name: str,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Check options and the files that they name, for the collector `name`. Raises ConfigError; asks nothing."""
        plan = check(options, name=name)
        check_files(plan, name=name)
        self._registry = Registry(plan, monotonic=monotonic, sleep=sleep)
        self._monotonic = monotonic
        self._schemas = Schemas(self._registry, monotonic=monotonic)

    def trouble(self) -> str:
        """Say in one line what is wrong with the registry and what happens next; empty while nothing is."""
        return self._registry.trouble()

    def unwrap(self, values: pa.Array, topics: pa.Array) -> Unwrapped:
        """Give the values (binary) of messages of these topics (string) as JSON; never raises for what they hold.

        Raises Busy while the registry gives no answer and a schema is not known yet.
        """
        rows = np.flatnonzero(framed(values))
        if not len(rows):
            return Unwrapped(values, pa.nulls(len(values), pa.string()), None)
        batch = _Batch(values, topics)
        ids = schema_ids(values.take(pa.array(rows)))
        lookups = _Lookups(self._monotonic)
        for schema_id in np.unique(ids).tolist():
            reader = self._schemas.known(schema_id) if schema_id >= 0 else _CUT
            if reader is None:
                reader = self._schemas.fetch(schema_id) if lookups.one_more() else _TOO_MANY
            batch.read(rows[ids == schema_id].tolist(), schema_id, reader)
        return batch.done()


_CUT = f"it begins as the Confluent wire format does, but has less than {HEADER_BYTES} bytes"
_TOO_MANY = (
    f"one batch needs more schemas than may be looked up ({MAX_LOOKUPS}, or {LOOKUPS_S:.0f} s); replay the message"
)


class _Lookups:
    """Bounds what one batch may ask of the registry."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._until_s = monotonic() + LOOKUPS_S
        self._left = MAX_LOOKUPS

    def one_more(self) -> bool:
        self._left -= 1
        return self._left >= 0 and self._monotonic() < self._until_s


class _Batch:
    """What becomes of one batch."""

    def __init__(self, values: pa.Array, topics: pa.Array) -> None:
        self._type = values.type
        self._topics = topics
        self._values: list[bytes | None] = values.to_pylist()
        self._refs: list[str | None] = [None] * len(values)
        self._reasons: list[str | None] = [None] * len(values)
        self._left_bytes = MAX_BATCH_BYTES - values.nbytes

    def read(self, rows: list[int], schema_id: int, reader: Reader | str) -> None:
        """Read the messages of one schema, one by one: their encodings leave no other way."""
        if isinstance(reader, str):
            for row in rows:
                self._reasons[row] = reader
            return
        for row in rows:
            try:
                text, name = self._read(reader, self._values[row] or b"")
            except BadValue as bad:
                self._reasons[row] = f"schema {schema_id}: {clean(str(bad))}"
            else:
                self._values[row] = text
                self._refs[row] = f"{name or self._topics[row]}:{schema_id}"

    def _read(self, reader: Reader, value: bytes) -> tuple[bytes, str]:
        if len(value) > MAX_VALUE_BYTES:
            raise BadValue(f"it has {len(value)} bytes; {MAX_VALUE_BYTES} are the limit")
        text, name = reader.read(value)
        if len(text) > self._left_bytes:
            raise BadValue(f"its batch has more than {MAX_BATCH_BYTES} bytes as JSON; replay the message")
        self._left_bytes -= len(text)
        return text, name

    def done(self) -> Unwrapped:
        """Give it back as columns; a value that was not read stays as it came."""
        reasons = pa.array(self._reasons, pa.string())
        refs = pa.array(self._refs, pa.string())
        return Unwrapped(pa.array(self._values, self._type), refs, reasons if any(self._reasons) else None)
