"""Writes the rows of a query as JSON objects and as CSV, for the API and for the command line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import msgspec

from tracer.views import Table


def json_objects(table: Table) -> bytes:
    """Write an array of objects, one a row; a column name that comes twice gets a number."""
    names = unique_names(table.columns)
    return msgspec.json.encode([dict(zip(names, row, strict=True)) for row in table.rows])


def csv_text(table: Table) -> bytes:
    """Write RFC 4180 with a head line: null is an empty field, lists and structures are JSON."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows([_field(value) for value in row] for row in table.rows)
    return out.getvalue().encode()


def unique_names(names: Iterable[str]) -> list[str]:
    """Give repeated names a number, so that every column keeps its value: a, a_2, a_3."""
    unique: list[str] = []
    for name in names:
        candidate, count = name, 2
        while candidate in unique:
            candidate, count = f"{name}_{count}", count + 1
        unique.append(candidate)
    return unique


def _field(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
