"""The transactions that have an attribute: searched for in the JSON of their records, which nothing indexes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tracer.errors import UsageError
from tracer.store.naming import json_paths
from tracer.store.session import Session, Values

MAX_ATTRIBUTES: Final = 8
FOREVER_NS: Final = (1 << 63) - 1
MAX_SEARCHED: Final = 5_000_000
# What JSON writes as it is, whoever writes it.
_PLAIN: Final = re.compile(r"[A-Za-z0-9._-]+")
_NARROW: Final = "narrow it by when they began, the saga, or another filter"


def want_holding(session: Session, attributes: Sequence[tuple[str, str]], values: Values, *, among: str = "") -> None:
    """Put into `wanted` the transactions that `list_rows` lets through and that have all of the attributes.

    `among` is "_past" where the list is asked for as it stood at `values["now"]`: what came later counts for nothing.
    Raises UsageError for a name that is none, and where more records than MAX_SEARCHED would have to be read.
    """
    if len(attributes) > MAX_ATTRIBUTES:
        raise UsageError(f"at most {MAX_ATTRIBUTES} attributes can be asked for, not {len(attributes)}")
    for name, _ in attributes:
        _refuse_unnamed(name)
    session.run(f"list_wanted{among}", values)
    for name, value in attributes:
        _keep_holding(session, name, value, values["now"] if among else FOREVER_NS)


def _keep_holding(session: Session, name: str, value: str, as_of_ns: int) -> None:
    """Leave in `wanted` those of which some record has the attribute."""
    records, first_ns, last_ns = session.row("list_span") or (0, None, None)
    if not records:
        return
    if records > MAX_SEARCHED:
        raise UsageError(
            f"attributes are searched for in at most {MAX_SEARCHED:,} records; "
            f"these transactions have {records:,}: {_NARROW}"
        )
    session.run("show_members")
    paths = json_paths(name)
    sought = {"paths": list(paths), "path": paths[0], "value": value, "key": _key(name), "text": _text(value)}
    session.run("list_holding", {**sought, "first": first_ns, "last": last_ns, "as_of": as_of_ns})


def _refuse_unnamed(name: str) -> None:
    parts = name[2:].split(".") if name.startswith("$.") else [name]
    if not any(parts) or "*" in parts or any(sign in name for sign in '"\\\0'):
        raise UsageError(f"{name[:40]!r} is not the name of an attribute, nor a path like $.customer.id")


def _key(name: str) -> str:
    last = name.rsplit(".", 1)[-1] if name.startswith("$.") else name
    return last if _PLAIN.fullmatch(last) else ""


def _text(value: str) -> str:
    """Give the value where it stands in the JSON like that; a number may be written in other ways."""
    if not _PLAIN.fullmatch(value):
        return ""
    try:
        float(value)
    except ValueError:
        return value
    return ""
