"""What the messages of an Avro schema can cost to read, found before the first is read.

A message is bytes from anybody. Most values take at least one byte of it, so its length bounds them; a null,
a record and a fixed of no bytes take none themselves: an array of nulls says "two thousand million" in five.
And a record that can hold itself can be nested as deep as a message is long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from collectors.dialects.confluent.errors import BadSchema
from collectors.dialects.confluent.limits import MAX_EXPANSION, MAX_SCHEMA_DEPTH

_LEAST_BYTES: Final[Mapping[str, int]] = {"null": 0, "float": 4, "double": 8}  # every other plain type: 1
_PUNCTUATION: Final = 8  # of a field: quotes, colon, comma, and a word such as "null"
_NAMED: Final = frozenset({"record", "error", "enum", "fixed"})
_RECORDS: Final = frozenset({"record", "error"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`expansion`: values that one byte may stand for, at most; `recursive`: a record can hold itself.

    `chars`: what one byte may become as JSON, at most, other than by what the byte itself says.
    """

    expansion: int
    recursive: bool
    chars: int


def cost_of(parsed: Any, named: Mapping[str, Any]) -> Cost:
    """Measure a schema as fastavro parsed it, with its named types. Raises BadSchema for one beyond `limits`."""
    walk = _Walk(named)
    walk.height(parsed, (), 0)
    expansion = max(walk.density(node) for node in walk.nodes)
    if expansion > MAX_EXPANSION:
        raise BadSchema(f"one byte of a message could stand for more than {MAX_EXPANSION} values")
    longest = max(_longest(node) for node in walk.nodes)
    return Cost(expansion=expansion, recursive=walk.recursive, chars=expansion * (longest + _PUNCTUATION))


class _Walk:
    def __init__(self, named: Mapping[str, Any]) -> None:
        self._named = named
        self._heights: dict[str, int] = {}
        self._sizes: dict[str, tuple[int, int]] = {}
        self.nodes: list[Any] = []
        self.recursive = False

    def height(self, schema: Any, trail: tuple[str, ...], depth: int) -> int:
        """Give the levels of types in a type, itself among them; note every type on the way."""
        name = _name(schema, self._named)
        if name in trail:
            self.recursive = True
            return 1
        height = self._heights.get(name, 0)
        if not height:
            _bound(depth)
            schema = self._named.get(name, schema) if name else schema
            self.nodes.append(schema)
            inner = (*trail, name) if name else trail
            height = 1 + max((self.height(part, inner, depth + 1) for part in _parts(schema)), default=0)
            if name:
                self._heights[name] = height
        _bound(depth + height)
        return height

    def density(self, schema: Any) -> int:
        """Give the values for one byte of this type and what hangs on it without bytes of its own."""
        if isinstance(schema, list):
            return 1 + max((self._size(branch, ())[1] for branch in schema), default=0)
        if isinstance(schema, dict) and schema["type"] == "array":
            least_bytes, values = self._size(schema["items"], ())
            if least_bytes == 0:
                raise BadSchema("it has an array whose items take no bytes: a few bytes could stand for any number")
            return 1 + values // least_bytes
        if isinstance(schema, dict) and schema["type"] == "map":
            return 1 + self._size(schema["values"], ())[1]
        least_bytes, values = self._size(schema, ())
        return 1 + values // max(least_bytes, 1)

    def _size(self, schema: Any, trail: tuple[str, ...]) -> tuple[int, int]:
        """Give the fewest bytes of a type, and the values that it has without bytes of their own."""
        name = _name(schema, self._named)
        if name in trail:
            raise BadSchema(f"its record {name} always holds itself: there can be no message of it")
        if name in self._sizes:
            return self._sizes[name]
        schema = self._named.get(name, schema) if name else schema
        size = self._record(schema, (*trail, name)) if _type(schema) in _RECORDS else _plain(schema)
        if name:
            self._sizes[name] = size
        return size

    def _record(self, schema: Any, trail: tuple[str, ...]) -> tuple[int, int]:
        sizes = [self._size(field["type"], trail) for field in schema["fields"]]
        return sum(least for least, _ in sizes), 1 + sum(values for _, values in sizes)


def _longest(schema: Any) -> int:
    """Give the length of the longest word that a schema puts into a message: a field's name, an enum's symbol."""
    if not isinstance(schema, dict):
        return 0
    words = [*schema.get("symbols", ()), *(field["name"] for field in schema.get("fields", ()))]
    return max(map(len, words), default=0)


def _bound(depth: int) -> None:
    if depth > MAX_SCHEMA_DEPTH:
        raise BadSchema(f"its types are nested more than {MAX_SCHEMA_DEPTH} deep")


def _plain(schema: Any) -> tuple[int, int]:
    least_bytes = 1 if isinstance(schema, list) else _LEAST_BYTES.get(_type(schema), 1)
    if _type(schema) == "fixed":
        least_bytes = schema["size"]
        if not isinstance(least_bytes, int) or least_bytes < 0:
            raise BadSchema("it has a fixed whose size is no number from 0")
    return least_bytes, int(least_bytes == 0)


def _type(schema: Any) -> str:
    if isinstance(schema, list):
        return "union"
    return str(schema["type"]) if isinstance(schema, dict) else str(schema)


def _name(schema: Any, named: Mapping[str, Any]) -> str:
    """Give the name of a named type or of a reference to one, else nothing."""
    if isinstance(schema, dict):
        return str(schema["name"]) if schema["type"] in _NAMED else ""
    return schema if isinstance(schema, str) and schema in named else ""


def _parts(schema: Any) -> Sequence[Any]:
    if isinstance(schema, list):
        return schema
    if not isinstance(schema, dict):
        return ()
    if schema["type"] in _RECORDS:
        return [field["type"] for field in schema["fields"]]
    return [schema[key] for key in ("items", "values") if key in schema]
