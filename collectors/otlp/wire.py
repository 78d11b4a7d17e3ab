"""OTLP request messages, protobuf bytes in, nested Arrow columns out, by `ptars` at native speed.

The schemas are those of `opentelemetry-proto`, narrowed: `array_value` and `kvlist_value` are read as
the bytes that they are on the wire (a message and a bytes field look the same there), because Arrow has
no recursive types, and fields of the profiles signal are not read at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import ptars
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from google.protobuf.descriptor import Descriptor, FileDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from tracer.errors import Rejected, TooLarge
from tracer.ports import Signal

_FILES: Final = (common_pb2, resource_pb2, trace_pb2, logs_pb2, trace_service_pb2, logs_service_pb2)
_REQUESTS: Final[dict[Signal, str]] = {
    "traces": "opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest",
    "logs": "opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest",
}
_AS_BYTES: Final = frozenset({"array_value", "kvlist_value"})
_PROFILES_ONLY: Final = frozenset({"string_value_strindex", "key_strindex"})
_SMALLEST_ITEM_BYTES: Final = 2  # a tag and a length of zero


class Wire:
    """Reads requests of one signal.

    `max_items` bounds the records, attributes, span events and links in one request together: an empty
    one takes two bytes on the wire and a hundred in memory. It is counted before it is decoded.
    """

    def __init__(self, signal: Signal, *, max_items: int) -> None:
        self._max_items = max_items
        self._records = _handler(signal, _narrow)
        self._census = _handler(signal, _outline)

    def read(self, bodies: Sequence[bytes]) -> pa.Array:
        """Give one list of resources for each body.

        Raises Rejected when one of them is not such a request, TooLarge when it has more than `max_items`.
        """
        for body in bodies:
            if len(body) // _SMALLEST_ITEM_BYTES > self._max_items:
                self._count(body)
        return _decode(self._records, bodies)

    def _count(self, body: bytes) -> None:
        items = _items(_decode(self._census, [body]))
        if items > self._max_items:
            raise TooLarge(f"{items} records and attributes in one request; max_items is {self._max_items}")


def _decode(handler: Any, bodies: Sequence[bytes]) -> pa.Array:
    try:
        return handler.list_to_record_batch(list(bodies)).column(0)
    except ValueError as malformed:
        raise Rejected(f"the request is malformed: {malformed}") from malformed


def _items(array: pa.Array) -> int:
    if pt.is_list(array.type):
        return len(array.flatten()) + _items(array.flatten())
    if pt.is_struct(array.type):
        return sum(_items(pc.struct_field(array, field.name)) for field in array.type)
    return 0


def _handler(signal: Signal, change: Callable[[FieldDescriptorProto], bool]) -> Any:
    pool = DescriptorPool()
    for module in _FILES:
        pool.AddSerializedFile(_changed(module.DESCRIPTOR, change).SerializeToString())
    request: Descriptor = pool.FindMessageTypeByName(_REQUESTS[signal])
    return ptars.HandlerPool([request.file]).get_for_message(request)


def _changed(file: FileDescriptor, change: Callable[[FieldDescriptorProto], bool]) -> FileDescriptorProto:
    changed = FileDescriptorProto()
    file.CopyToProto(changed)
    for message in _messages(changed.message_type):
        kept = [field for field in message.field if change(field)]
        del message.field[:]
        message.field.extend(kept)
        if not any(field.HasField("oneof_index") for field in kept):
            del message.oneof_decl[:]
    return changed


def _messages(messages: Iterable[DescriptorProto]) -> Iterable[DescriptorProto]:
    for message in messages:
        yield message
        yield from _messages(message.nested_type)


def _narrow(field: FieldDescriptorProto) -> bool:
    """Read recursive values and entity references as bytes; drop what belongs to profiles."""
    if field.name in _AS_BYTES or field.name == "entity_refs":
        _as_bytes(field)
    return field.name not in _PROFILES_ONLY


def _outline(field: FieldDescriptorProto) -> bool:
    """Keep only what repeats, and read attributes as bytes: enough to count."""
    if field.name in {"attributes", "entity_refs"}:
        _as_bytes(field)
        return True
    outer = field.type == field.TYPE_MESSAGE and field.name in {"resource", "scope"}
    return outer or (field.type == field.TYPE_MESSAGE and field.label == field.LABEL_REPEATED)


def _as_bytes(field: FieldDescriptorProto) -> None:
    field.type = field.TYPE_BYTES
    field.ClearField("type_name")
