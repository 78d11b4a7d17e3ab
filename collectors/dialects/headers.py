"""The headers of a batch of messages as columns: one header a column, and all of them as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from collectors.dialects.ours import ALIAS
from collectors.dialects.texts import utf8

Ints = npt.NDArray[np.int64]
ToJson = Callable[[pa.Array, pa.Array], pa.Array]  # texts (null: none, or not UTF-8) and the bytes they are from
_EMPTY: Final = pa.scalar("", pa.string())


class _Shape(NamedTuple):
    """How a member is written, and what stands around all of them."""

    before: str
    between: str
    after: str
    opening: str
    closing: str


_OBJECT: Final = _Shape("", ":", "", "{", "}")
_ARRAY: Final = _Shape('{"name":', ',"value":', "}", "[", "]")


class Headers:
    """All headers of `len(maps)` messages. Of a name that a message has twice the first counts."""

    def __init__(self, maps: pa.MapArray) -> None:
        self._count = len(maps)
        offsets = maps.offsets.to_numpy().astype(np.int64)
        start, length = int(offsets[0]), int(offsets[-1] - offsets[0])
        self._rows = np.repeat(np.arange(self._count), np.diff(offsets))
        encoded = pc.dictionary_encode(maps.keys.slice(start, length))
        self._names = encoded.dictionary
        self._codes = encoded.indices.to_numpy().astype(np.int64)
        self._bytes = maps.items.slice(start, length)
        self._texts = utf8(self._bytes)
        self._first = self._firsts()
        self.names = frozenset(self._names.to_pylist())

    def column(self, name: str) -> pa.Array:
        """Give the text of one header, null where a message has none or it is not UTF-8."""
        code = pc.index(self._names, name).as_py()
        at = np.flatnonzero((self._codes == code) & self._first)
        found = np.full(self._count, -1, np.int64)
        found[self._rows[at]] = at
        return self._texts.take(pa.array(found, mask=found < 0))

    def mapped(self) -> pa.MapArray:
        """Give each message's headers whose values are UTF-8, each name once."""
        kept = np.flatnonzero(self._first & self._texts.is_valid().to_numpy(zero_copy_only=False))
        keys = self._names.take(pa.array(self._codes[kept]))
        return pa.MapArray.from_arrays(self._offsets(kept), keys, self._texts.take(pa.array(kept)))

    def json(self, to_json: ToJson) -> tuple[pa.Array, pa.Array, pa.Array]:
        """Give three texts a message, null where there is nothing.

        All headers as a JSON object (each name once), those that repeat a name as an array of {name, value},
        and the aliases among them as an object.
        """
        if not len(self._codes):
            nothing = pa.nulls(self._count, pa.string())
            return nothing, nothing, nothing
        count = len(self._names)
        both = to_json(_joined_to(self._names, self._texts), _joined_to(pa.nulls(count, pa.binary()), self._bytes))
        quoted, values = both.slice(0, count), pc.fill_null(both.slice(count), "null")
        whole = self._joined(np.flatnonzero(self._first), quoted, values, _OBJECT)
        again = self._joined(np.flatnonzero(~self._first), quoted, values, _ARRAY)
        return whole, again, self._aliases(values, to_json)

    def _aliases(self, values: pa.Array, to_json: ToJson) -> pa.Array:
        kinds = pc.if_else(pc.starts_with(self._names, ALIAS), pc.utf8_slice_codeunits(self._names, len(ALIAS)), _EMPTY)
        wanted = pc.not_equal(kinds, _EMPTY).to_numpy(zero_copy_only=False)
        if not wanted.any():
            return pa.nulls(self._count, pa.string())
        told = pc.fill_null(pc.not_equal(self._texts, _EMPTY), fill_value=False).to_numpy(zero_copy_only=False)
        quoted = to_json(kinds, pa.nulls(len(kinds), pa.binary()))
        return self._joined(np.flatnonzero(self._first & wanted[self._codes] & told), quoted, values, _OBJECT)

    def _joined(self, at: Ints, names: pa.Array, values: pa.Array, shape: _Shape) -> pa.Array:
        if not len(at):
            return pa.nulls(self._count, pa.string())
        named = names.take(pa.array(self._codes[at]))
        parts = [shape.before, named, shape.between, values.take(pa.array(at)), shape.after, _EMPTY]
        lists = pa.ListArray.from_arrays(self._offsets(at), pc.binary_join_element_wise(*parts))
        joined = pc.binary_join(lists, ",")
        whole = pc.binary_join_element_wise(shape.opening, joined, shape.closing, _EMPTY)
        return pc.if_else(pc.equal(joined, _EMPTY), pa.scalar(None, pa.string()), whole)

    def _offsets(self, at: Ints) -> pa.Array:
        counts = np.bincount(self._rows[at], minlength=self._count)
        return pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))

    def _firsts(self) -> npt.NDArray[np.bool_]:
        """Tell for each header whether it is the first of its name in its message."""
        pairs = self._rows * max(len(self._names), 1) + self._codes
        first = np.zeros(len(pairs), np.bool_)
        first[np.unique(pairs, return_index=True)[1]] = True
        return first


def present(headers: Headers, wanted: Iterable[str]) -> frozenset[str]:
    """Give which of the wanted headers some message has."""
    return headers.names & frozenset(wanted)


def _joined_to(first: pa.Array, second: pa.Array) -> pa.Array:
    return pa.concat_arrays([first, second])
