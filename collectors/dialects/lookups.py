"""Gathers what expressions look up in a message, so that each payload is parsed once for all of them."""

from __future__ import annotations

import re
from typing import Final

from collectors.dialects.sql import NULL, ROOT, literal, pointer

# A call, or any other literal, in which nothing is a call.
_CALL: Final = re.compile(r"\b(path|node|header)\(\s*'((?:[^']|'')*)'\s*\)|'(?:[^']|'')*'")


class Lookups:
    """Turns `path('...')`, `node('...')` and `header('...')` in expressions into columns of one lookup.

    `headers` are those that the batch has: any other is NULL at once, which spares the engine the column.
    None stands for every header there could be.
    """

    def __init__(self, headers: frozenset[str] | None) -> None:
        self._present = headers
        self._paths: dict[str, int] = {}
        self._nodes: dict[str, int] = {}
        self._headers: dict[str, int] = {}

    def sql(self, expression: str) -> str:
        """Give the expression with its lookups replaced. Raises ValueError for a place that is none."""
        return _CALL.sub(self._replace, expression)

    def headers(self) -> tuple[str, ...]:
        """Give the headers that were asked for, in the order of the columns `h0`, `h1`, ..."""
        return tuple(self._headers)

    def columns(self) -> str:
        """Give the columns `p` and `n` that hold what was looked up in the payload."""
        texts, nodes = _extract("json_extract_string", self._paths), _extract("json_extract", self._nodes)
        return f"{texts} AS p, {nodes} AS n"

    def _replace(self, call: re.Match[str]) -> str:
        if call[1] is None:
            return call[0]
        kind, name = call[1], call[2].replace("''", "'")
        if kind == "header":
            return f"h{_number(self._headers, name)}" if self._present is None or name in self._present else NULL
        place = pointer(name)
        if place == ROOT:
            return "payload" if kind == "node" else "json_extract_string(payload, '$')"
        if kind == "path":
            return f"p[{_number(self._paths, place) + 1}]"
        return f"NULLIF(n[{_number(self._nodes, place) + 1}], 'null'::JSON)"


def _number(known: dict[str, int], name: str) -> int:
    return known.setdefault(name, len(known))


def _extract(function: str, places: dict[str, int]) -> str:
    listed = ", ".join(map(literal, places))
    return f"{function}(payload, [{listed}])" if places else "NULL"
