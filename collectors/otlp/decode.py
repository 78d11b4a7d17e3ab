"""OTLP requests in, one batch of records out. Pure: no clock, no network, no store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa

from collectors.otlp.logs import log_batches
from collectors.otlp.shared import Origin
from collectors.otlp.spans import span_batches
from collectors.otlp.wire import Wire
from tracer.errors import TooLarge
from tracer.model.records import RECORD_SCHEMA
from tracer.ports import Signal

_BATCHES: Final = {"traces": span_batches, "logs": log_batches}


class Decoder:
    """Decodes any number of requests at once, at about the cost of the bytes that they have together.

    `correlation_keys` are the attributes that may carry the business transaction id, in order.
    """

    def __init__(self, *, correlation_keys: Sequence[str], source: str, max_records: int, max_items: int) -> None:
        self._correlation_keys = tuple(correlation_keys)
        self._source = source
        self._max_records = max_records
        self._wires: Mapping[Signal, Wire] = {
            "traces": Wire("traces", max_items=max_items),
            "logs": Wire("logs", max_items=max_items),
        }

    def decode(self, bodies: Mapping[Signal, Sequence[bytes]], *, received_ns: int) -> pa.RecordBatch:
        """Decode protobuf request messages of each signal.

        Raises Rejected when one of them is malformed and TooLarge when one is larger in memory than the
        limits allow; which one, the caller learns by decoding them one by one.
        """
        origin = Origin(
            source=self._source,
            received_ns=received_ns,
            correlation_keys=self._correlation_keys,
            max_records=self._max_records,
        )
        batches: list[pa.RecordBatch] = []
        for signal, some in bodies.items():
            batches += self._decode(signal, some, origin) if some else []
        if len(batches) == 1:
            return batches[0]
        return pa.concat_batches(batches) if batches else pa.RecordBatch.from_pylist([], schema=RECORD_SCHEMA)

    def _decode(self, signal: Signal, bodies: Sequence[bytes], origin: Origin) -> list[pa.RecordBatch]:
        requests = self._wires[signal].read(bodies)
        try:
            return _BATCHES[signal](requests, origin)
        except pa.ArrowCapacityError as full:
            raise TooLarge("one column of the records would be larger than 2 GiB: send less at once") from full
