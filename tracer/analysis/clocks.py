"""Whose clock seems to be wrong, by when the records of a transaction are dated and when they arrived."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from tracer.clock import NS_PER_S
from tracer.model.duration import spell
from tracer.model.text import clean

AHEAD_S: Final = 60.0  # as in latest_known.sql
_NOT_SET_NS: Final = 946_684_800 * NS_PER_S  # the year 2000: a clock that starts in 1970 or 1980 was never set
_MAX_NAME: Final = 80


class Dated(NamedTuple):
    """Whose record it is, from when to when it tells, and when it arrived."""

    owner: str | None
    at_ns: int
    until_ns: int | None
    received_ns: int


def clock_notes(records: Iterable[Dated]) -> Iterator[str]:
    """Say in a sentence each whose records are dated after they arrived, or before there were any such services."""
    ahead_ns: dict[str | None, int] = {}
    unset: dict[str | None, None] = {}
    for one in records:
        latest_ns = one.at_ns if one.until_ns is None else max(one.at_ns, one.until_ns)
        ahead_ns[one.owner] = max(latest_ns - one.received_ns, ahead_ns.get(one.owner, 0))
        if one.at_ns < _NOT_SET_NS <= one.received_ns:
            unset[one.owner] = None
    for owner, ns in ahead_ns.items():
        if ns > AHEAD_S * NS_PER_S:
            whose = f"Records of {_name(owner)} are dated {spell(ns / NS_PER_S)} after they arrived"
            yield f"{whose}: its clock seems to be ahead."
    for owner in unset:
        yield f"Records of {_name(owner)} are dated before the year 2000: its clock seems not to be set."


def _name(owner: str | None) -> str:
    return clean(owner, _MAX_NAME) if owner else "an unnamed service"
