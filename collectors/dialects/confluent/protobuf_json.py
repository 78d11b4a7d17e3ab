"""Protobuf messages as JSON objects: ProtoJSON, with the names of the .proto file.

64-bit integers are strings, enums their names, bytes base64, NaN and infinities strings, well-known types
as ProtoJSON has them (a Timestamp is RFC 3339), Confluent's Decimal a string. A field that keeps no track of
being set is always there, with its default: a status that is the first of its enum is said. Unknown fields
and extensions are left out.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message

from collectors.dialects.confluent.avro_logical import decimal
from collectors.dialects.confluent.errors import BadValue
from collectors.dialects.confluent.limits import MAX_JSON_CHARS

_Shape = Callable[[Any], Any]
_WELL_KNOWN: Final = frozenset(
    f"google.protobuf.{name}"
    for name in (
        "Any", "BoolValue", "BytesValue", "DoubleValue", "Duration", "FieldMask", "FloatValue", "Int32Value",
        "Int64Value", "ListValue", "StringValue", "Struct", "Timestamp", "UInt32Value", "UInt64Value", "Value",
    )
)  # fmt: skip
_LONG: Final = frozenset(
    {
        FieldDescriptor.TYPE_INT64,
        FieldDescriptor.TYPE_UINT64,
        FieldDescriptor.TYPE_SINT64,
        FieldDescriptor.TYPE_FIXED64,
        FieldDescriptor.TYPE_SFIXED64,
    }
)
_PUNCTUATION: Final = 4  # of a field: two quotes, colon, comma
_DIGITS: Final = range(6, 9)  # of a 32-bit float; nine always do


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    name: str
    optional: bool  # it knows whether it was set
    shape: _Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    fields: tuple[_Field, ...]
    width: int  # characters at most, without what its values hold


class Printer:
    """Makes JSON objects of the messages of one pool; what it learns of a type it keeps."""

    def __init__(self, pool: DescriptorPool) -> None:
        self._pool = pool
        self._plans: dict[str, _Plan] = {}
        self._left = 0

    def to_json(self, message: Message) -> Any:
        """Give what `msgspec.json` writes as the message's JSON. Raises BadValue for one that is too long so."""
        self._left = MAX_JSON_CHARS
        descriptor: Any = message.DESCRIPTOR
        return self._shape_of(descriptor)(message)

    def _message(self, message: Any) -> dict[str, Any]:
        plan = self._plan(message.DESCRIPTOR)
        self._spend(plan.width)
        has = message.HasField
        return {
            field.name: field.shape(getattr(message, field.name))
            for field in plan.fields
            if not field.optional or has(field.name)
        }

    def _spend(self, chars: int) -> None:
        self._check_room(chars)
        self._left -= chars

    def _check_room(self, chars: int) -> None:
        if chars > self._left:
            raise BadValue(f"as JSON it has more than {MAX_JSON_CHARS} characters")

    def _plan(self, descriptor: Descriptor) -> _Plan:
        plan = self._plans.get(descriptor.full_name)
        if plan is None:
            fields = tuple(
                _Field(name=field.name, optional=field.has_presence, shape=self._field(field))
                for field in descriptor.fields
            )
            width = 2 + sum(len(field.name) + _PUNCTUATION + _width(field) for field in descriptor.fields)
            plan = self._plans[descriptor.full_name] = _Plan(fields=fields, width=width)
        return plan

    def _field(self, field: FieldDescriptor) -> _Shape:
        entry = field.message_type
        if entry is not None and entry.GetOptions().map_entry:
            return self._mapping(entry.fields_by_name["key"], entry.fields_by_name["value"])
        return self._repeated(field) if field.is_repeated else self._single(field)

    def _repeated(self, field: FieldDescriptor) -> _Shape:
        single, width, inner = self._single(field), _width(field), field.message_type

        def shape(values: Sequence[Any]) -> list[Any]:
            self._spend(len(values) * width)
            if inner is not None:  # each will spend it: better said before it has taken the time
                self._check_room(len(values) * self._plan(inner).width)
            return [single(value) for value in values]

        return shape

    def _mapping(self, key: FieldDescriptor, value: FieldDescriptor) -> _Shape:
        text: Callable[[Any], str] = _bool_key if key.type == FieldDescriptor.TYPE_BOOL else str
        single, width = self._single(value), _width(value)

        def shape(entries: Mapping[Any, Any]) -> dict[str, Any]:
            self._spend(len(entries) * width)
            return {text(name): single(entries[name]) for name in entries}

        return shape

    def _single(self, field: FieldDescriptor) -> _Shape:
        if field.message_type is not None:
            return self._shape_of(field.message_type)
        if field.enum_type is not None:
            return _enum(field.enum_type)
        if field.type in _LONG:
            return str
        return {FieldDescriptor.TYPE_FLOAT: _float, FieldDescriptor.TYPE_DOUBLE: _double}.get(field.type, _same)

    def _shape_of(self, descriptor: Descriptor) -> _Shape:
        if descriptor.full_name == "confluent.type.Decimal":
            return _decimal
        return self._well_known if descriptor.full_name in _WELL_KNOWN else self._message

    def _well_known(self, message: Any) -> Any:
        self._spend(1)
        try:
            return json_format.MessageToDict(message, preserving_proto_field_name=True, descriptor_pool=self._pool)
        except (json_format.Error, ValueError, TypeError, KeyError, OverflowError, DecodeError):
            # Out of the range that JSON has for it, or an Any of a type that the schema does not know.
            return {field.name: _plainly(value) for field, value in message.ListFields()}


def _width(field: FieldDescriptor) -> int:
    """Give the characters that a few bytes of a field's value can become: the name of an enum's number."""
    if field.enum_type is None:
        return 1
    return max(len(value.name) for value in field.enum_type.values)


def _enum(descriptor: EnumDescriptor) -> _Shape:
    names = {number: value.name for number, value in descriptor.values_by_number.items()}
    return lambda number: names.get(number, number)


def _bool_key(value: bool) -> str:  # noqa: FBT001 - a map's key
    return "true" if value else "false"


def _same(value: Any) -> Any:
    return value


def _decimal(message: Any) -> str | bytes:
    return decimal(message.value, {"scale": message.scale})


def _plainly(value: Any) -> Any:
    return value if isinstance(value, int | str | bytes | float) else str(value)


def _double(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _float(value: float) -> float | str:
    """Give the shortest number that is the same 32-bit float."""
    if not math.isfinite(value):
        return _double(value)
    wire = struct.pack("<f", value)
    for digits in _DIGITS:
        short = float(f"{value:.{digits}g}")
        if math.fabs(short) <= 3.4e38 and struct.pack("<f", short) == wire:  # noqa: PLR2004 - the largest float
            return short
    return float(f"{value:.9g}")
