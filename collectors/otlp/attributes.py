"""The attributes of many records as columns: find a key, take it out, write the rest as JSON objects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.otlp.columns import (
    Bools,
    Ints,
    bools,
    child,
    first_by_record,
    flatten,
    join,
    join_present,
    literal,
    present_or_null,
    row_texts,
    take,
    valid,
    where,
)
from collectors.otlp.keys import DUPLICATES
from collectors.otlp.members import Member, present
from collectors.otlp.values import Written, any_value_json, in_order, key_json, quoted, text_json, written

# Up to this many cells for each attribute, counting (record, key) cells beats sorting them.
_CELLS_BY_COUNTING: Final = 16


class Attributes:
    """The key-value pairs of `count` records, in order.

    What becomes a column is taken out by the `take_*` methods, which return one value a record (null
    where the key is absent or its value no good) and leave every other value where it is, so that
    nothing is lost. Of a key that a record holds twice the first counts.
    """

    def __init__(self, lists: pa.Array) -> None:
        pairs, self._record = flatten(lists)
        self._count = len(lists)
        encoded = pc.dictionary_encode(child(pairs, "key"))
        self._codes = encoded.indices.to_numpy()
        self._keys = encoded.dictionary
        self._code_of = {key: code for code, key in enumerate(encoded.dictionary.to_pylist())}
        self._value = child(pairs, "value")
        self._taken = np.zeros(len(pairs), np.bool_)

    @property
    def keys(self) -> Collection[str]:
        """Every key that some record has."""
        return self._code_of.keys()

    def text(self, key: str, *, integers: bool = False) -> pa.Array | None:
        """Give each record's value where it is a text that is not empty (or an integer, as text).

        None when no record has the key.
        """
        positions = self._positions(key)
        return None if positions is None else self._text_at(positions, integers=integers)

    def first_text(self, keys: Iterable[str], *, integers: bool = False) -> pa.Array | None:
        """Give the text of the first key that a record has, in the order of the keys."""
        texts = [text for key in keys if (text := self.text(key, integers=integers)) is not None]
        return pc.coalesce(*texts) if texts else None

    def take_text(self, key: str, *, integers: bool = False) -> pa.Array | None:
        """Take out a text."""
        text = self.text(key, integers=integers)
        if text is not None:
            self.drop(key, valid(text))
        return text

    def take_word(self, key: str, vocabulary: Sequence[str]) -> pa.Array | None:
        """Take out a text that must be one of the words."""
        text = self.text(key)
        if text is None:
            return None
        known = pc.is_in(text, value_set=pa.array(vocabulary, pa.string()))
        self.drop(key, bools(known))
        return where(known, text)

    def counted(self, key: str) -> pa.Array | None:
        """Give each record's value where it is a count from 1 to 2^31-1, as an integer or in digits."""
        text = self.text(key, integers=True)
        if text is None:
            return None
        digits = where(pc.match_substring_regex(text, "^[1-9][0-9]{0,9}$"), text)
        number = pc.cast(digits, pa.int64())
        fits = pc.less_equal(number, np.iinfo(np.int32).max)
        return pc.cast(pc.if_else(fits, number, pa.scalar(None, pa.int64())), pa.int32())

    def take_count(self, key: str) -> pa.Array | None:
        """Take out a count."""
        number = self.counted(key)
        if number is not None:
            self.drop(key, valid(number))
        return number

    def take_prefixed(self, prefix: str) -> pa.Array | None:
        """Take out every text or integer whose key goes on after the prefix, as one JSON object a record."""
        kinds = [key[len(prefix) :] if key.startswith(prefix) else "" for key in self._code_of]
        wanted = np.array([kind != "" for kind in kinds], np.bool_)
        if not wanted.any():
            return None
        positions = np.flatnonzero(wanted[self._codes])
        again = _repeated(self._record[positions], self._codes[positions], self._count, len(self._keys))
        positions = positions if again is None else positions[~again]
        text = self._text_at(positions, integers=True)
        positions, text = positions[valid(text)], text.drop_null()
        self._taken[positions] = True
        names = pa.array([text_json(kind) + ":" for kind in kinds], pa.string())
        return self._by_record(positions, join((names.take(pa.array(self._codes[positions])), quoted(text))), "{", "}")

    def drop(self, key: str, records: Bools) -> None:
        """Leave out the first use of a key in these records: a column holds it."""
        positions = self._positions(key)
        if positions is not None:
            self._taken[positions[records & (positions >= 0)]] = True

    def members(self) -> pa.Array:
        """Write what is left as the members of one JSON object a record; null where nothing is left."""
        if self._taken.all():
            return pa.nulls(self._count, pa.string())
        kept = np.flatnonzero(~self._taken)
        record, codes = self._record[kept], self._codes[kept]
        again = _repeated(record, codes, self._count, len(self._keys))
        if again is None:
            return self._members(kept)
        return join_present([self._members(kept[~again]), self._duplicates(kept[again])], ",")

    def json(self, extras: Iterable[Member] = ()) -> pa.Array:
        """Write what is left as one JSON object a record, with more members at its end."""
        return join(("{", join_present([self.members(), *present(extras)], ","), "}"))

    def _members(self, kept: Ints) -> pa.Array:
        names = pa.array([key_json(key) + ":" for key in self._code_of], pa.string())
        parts = [
            Written(rows=part.rows, texts=join((names.take(pa.array(self._codes[part.rows])), part.texts)))
            for part in written(self._value, kept)
        ]
        return self._by_record(kept, in_order(parts, len(self._taken)))

    def _positions(self, key: str) -> Ints | None:
        code = self._code_of.get(key)
        if code is None:
            return None
        at = np.flatnonzero(self._codes == code)
        return first_by_record(at, self._record[at], self._count)

    def _text_at(self, positions: Ints, *, integers: bool) -> pa.Array:
        strings = take(child(self._value, "string_value"), positions)
        texts = present_or_null(strings)
        if not integers:
            return texts
        whole = take(child(self._value, "int_value"), positions)
        return texts if whole.null_count == len(whole) else pc.coalesce(texts, pc.cast(whole, pa.string()))

    def _duplicates(self, positions: Ints) -> pa.Array:
        """Write the second and later uses of keys as `"$duplicates": [[key, value], ...]`, null where none."""
        names = pa.array([text_json(key) for key in self._code_of], pa.string())
        at = pa.array(positions)
        pairs = join(
            ("[", names.take(pa.array(self._codes[positions])), ",", any_value_json(self._value.take(at)), "]")
        )
        return self._by_record(positions, pairs, f'"{DUPLICATES}":[', "]")

    def _by_record(self, positions: Ints, texts: pa.Array, before: str = "", after: str = "") -> pa.Array:
        """Join the texts of each record's positions with commas, between two texts; null where there are none."""
        counts = np.bincount(self._record[positions], minlength=self._count)
        joined = pc.binary_join(row_texts(texts, counts), literal(","))
        joined = join((before, joined, after)) if before else joined
        return joined if counts.all() else where(counts > 0, joined)


def _repeated(record: Ints, codes: Any, count: int, keys: int) -> Bools | None:
    """Tell which pairs repeat a key of their record; None when none does."""
    cells = record * max(keys, 1) + codes
    if not len(cells) or (count * keys <= _CELLS_BY_COUNTING * len(cells) and np.bincount(cells).max() == 1):
        return None
    order = np.argsort(cells, kind="stable")
    ordered = cells[order]
    later = np.zeros(len(cells), np.bool_)
    later[order[1:]] = ordered[1:] == ordered[:-1]
    return later if later.any() else None
