"""OTLP/JSON requests to the protobuf messages that they stand for. Pure.

OTLP/JSON is proto3 JSON but for two things, which a generic parser gets wrong in silence: trace and span
ids are hex and not base64, and enums are integers only.
"""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import EncodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collectors.otlp.json_shapes import LogsShape, Shape, TracesShape
from tracer.errors import Rejected, TooLarge
from tracer.ports import Signal

_DECODERS: Final[dict[Signal, msgspec.json.Decoder[Any]]] = {
    "traces": msgspec.json.Decoder(TracesShape),
    "logs": msgspec.json.Decoder(LogsShape),
}
_MESSAGES: Final[dict[Signal, type[Message]]] = {
    "traces": ExportTraceServiceRequest,
    "logs": ExportLogsServiceRequest,
}
_HEX_FIELDS: Final = frozenset({"trace_id", "span_id", "parent_span_id"})
_WHOLE_TYPES: Final = frozenset(
    {
        FieldDescriptor.CPPTYPE_INT32,
        FieldDescriptor.CPPTYPE_INT64,
        FieldDescriptor.CPPTYPE_UINT32,
        FieldDescriptor.CPPTYPE_UINT64,
    }
)
_PIECE_BYTES: Final = 2**18  # splitting takes up to forty times as much memory
_NOT_FINITE: Final = frozenset({"NaN", "Infinity", "-Infinity"})


def protobuf_bytes(signal: Signal, body: bytes, *, max_items: int) -> bytes:
    """Transcode one request. Raises Rejected for what is not OTLP/JSON, TooLarge for too many items.

    Items are objects, and texts and nulls that stand in lists: what costs more in memory than its bytes.
    """
    if sum(map(body.count, (b"{", b"[", b","))) > max_items and _items(body) > max_items:
        raise TooLarge(f"more than {max_items} objects and elements in one request (max_items)")
    message = _MESSAGES[signal]()
    try:
        _fill(message, _DECODERS[signal].decode(body))
        return message.SerializeToString()
    except (msgspec.DecodeError, ValueError, TypeError, EncodeError, OverflowError) as malformed:
        raise Rejected(f"the request is not OTLP/JSON: {malformed}") from malformed
    except RecursionError as deep:
        raise Rejected("the request is not OTLP/JSON: values are nested too deep") from deep


def _items(body: bytes) -> int:
    """Count the items. What makes a body malformed may add to them but takes none away."""
    bare = b"".join(_bare(body)).translate(None, delete=b" \t\r\n")
    texts = bare.count(b'["') + bare.count(b',"') - bare.count(b',":')  # the last are keys
    return texts + sum(map(bare.count, (b"{", b"[null", b",null")))


def _bare(body: bytes) -> Iterator[bytes]:
    """Give the body with one quote in place of each text."""
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    inside = False
    for start in range(0, len(plain), _PIECE_BYTES):
        parts = plain[start : start + _PIECE_BYTES].split(b'"')
        outside = parts[inside::2]
        inside ^= len(parts) % 2 == 0
        yield b'"'.join(outside) + b'"' * (inside and len(outside) > 0)


def _fill(message: Message, shape: Shape) -> None:
    for name, assign in _plan(type(shape), message.DESCRIPTOR):
        value = getattr(shape, name)
        if value is not None:
            assign(message, value)


@functools.cache
def _plan(shape: type[Shape], message: Any) -> tuple[tuple[str, Callable[[Message, Any], None]], ...]:
    """Say for each field of a shape how it gets into the message; fields that it does not have are ignored."""
    fields = message.fields_by_name
    return tuple((name, _assignment(fields[name])) for name in shape.__struct_fields__ if name in fields)


def _assignment(field: FieldDescriptor) -> Callable[[Message, Any], None]:
    name = field.name
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return _add_all(name) if field.is_repeated else _set_message(name)
    if field.is_repeated:
        return lambda message, values: getattr(message, name).extend(values)
    convert = _conversion(field)
    return lambda message, value: setattr(message, name, convert(value))


def _add_all(name: str) -> Callable[[Message, Any], None]:
    def add_all(message: Message, shapes: Any) -> None:
        items = getattr(message, name)
        for shape in shapes:
            item = items.add()
            if shape is not None:
                _fill(item, shape)

    return add_all


def _set_message(name: str) -> Callable[[Message, Any], None]:
    def set_message(message: Message, shape: Shape) -> None:
        inner = getattr(message, name)
        inner.SetInParent()
        _fill(inner, shape)

    return set_message


def _conversion(field: FieldDescriptor) -> Callable[[Any], Any]:
    if field.type == FieldDescriptor.TYPE_BYTES:
        return binascii.unhexlify if field.name in _HEX_FIELDS else _base64
    if field.cpp_type in _WHOLE_TYPES:
        return _whole
    return _double if field.cpp_type == FieldDescriptor.CPPTYPE_DOUBLE else _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def _whole(value: float | str) -> int:
    if isinstance(value, str):
        if not value.isascii() or not value.lstrip("-").isdigit():
            raise ValueError(f'"{value[:40]}" is not an integer')
        return int(value)
    if isinstance(value, float) and not value.is_integer():
        raise ValueError(f"{value} is not an integer")
    return int(value)


def _double(value: float | str) -> float:
    if isinstance(value, str) and value not in _NOT_FINITE and not value[-1:].isdigit():
        raise ValueError(f'"{value[:40]}" is not a number')
    return float(value)


def _base64(value: str) -> bytes:
    plain = value.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error as malformed:
        raise ValueError(f"not base64: {malformed}") from malformed
