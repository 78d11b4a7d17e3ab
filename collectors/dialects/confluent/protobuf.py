"""Protobuf messages in the Confluent wire format to JSON text, by one schema."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from collectors.dialects.confluent.errors import BadSchema, BadValue
from collectors.dialects.confluent.framing import message_indexes
from collectors.dialects.confluent.protobuf_json import Printer

_BROKEN: Final = (TypeError, KeyError, ValueError)  # what a pool raises for files that do not fit together


class ProtobufReader:
    """Reads messages of one schema, framed. Raises BadSchema when its files do not fit together."""

    def __init__(self, files: FileDescriptorSet) -> None:
        pool = DescriptorPool()
        try:
            for file in files.file:
                pool.Add(file)
            pool.FindFileByName(files.file[-1].name)
        except _BROKEN as wrong:
            raise BadSchema(f"its files do not fit together: {wrong}") from wrong
        self._pool = pool
        self._file = files.file[-1]
        self._printer = Printer(pool)
        self._types: dict[tuple[int, ...], Any] = {}  # as many as the file has messages
        self._encode = msgspec.json.Encoder().encode

    def read(self, value: bytes) -> tuple[bytes, str]:
        """Give a message as JSON, and its type's full name. Raises BadValue."""
        indexes, begins = message_indexes(value)
        message_type = self._types.get(indexes) or self._find(indexes)
        try:
            message = message_type.FromString(value[begins:])
        except DecodeError as wrong:
            raise BadValue(f"it is no {message_type.DESCRIPTOR.full_name}: {wrong}") from wrong
        try:
            return self._encode(self._printer.to_json(message)), message_type.DESCRIPTOR.full_name
        except (ValueError, RecursionError, UnicodeError) as wrong:
            raise BadValue(f"it cannot be written as JSON: {wrong}") from wrong

    def _find(self, indexes: tuple[int, ...]) -> Any:
        name, messages = self._file.package, self._file.message_type
        found: DescriptorProto
        for index in indexes:
            if not 0 <= index < len(messages):
                raise BadValue(f"the schema has no message at the indexes {list(indexes)}")
            found = messages[index]
            name, messages = f"{name}.{found.name}".lstrip("."), found.nested_type
        self._types[indexes] = GetMessageClass(self._pool.FindMessageTypeByName(name))
        return self._types[indexes]
