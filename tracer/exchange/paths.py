"""The places in a message where something may stand: `$.path`, `header:NAME`, `key`; and a message without one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from tracer.exchange.messages import Message

HEADER: Final = "header:"
KEY: Final = "key"
MAX_DEPTH: Final = 8
MAX_PLACES: Final = 400  # of one message; what lies beyond is not looked at
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Steps = tuple[str, ...]


def places(message: Message) -> dict[str, Any]:
    """Give what stands at each place: headers and key as text, of a JSON object its leaves; a list is one leaf."""
    found: dict[str, Any] = {}
    if message.key is not None:
        found[KEY] = text_of(message.key)
    for name, value in message.headers:
        found.setdefault(HEADER + name, None if value is None else text_of(value))
    for steps, value in leaves(payload(message)):
        if len(found) >= MAX_PLACES:
            break
        found[path_of(steps)] = value
    return found


def payload(message: Message) -> Any:
    """Read the value as JSON; None where it is none."""
    if message.value is None:
        return None
    try:
        return msgspec.json.decode(message.value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def leaves(value: Any, steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Give the leaves of a JSON object and the names that lead there."""
    if not isinstance(value, Mapping):
        return
    for name, below in value.items():
        if isinstance(below, Mapping) and below and len(steps) < MAX_DEPTH:
            yield from leaves(below, (*steps, name))
        else:
            yield (*steps, name), below


def path_of(steps: Steps) -> str:
    """Write a path as a mapping has it: $.order.id, $."odd name"."""
    return "$" + "".join(f".{step}" if _PLAIN.fullmatch(step) else f".{_quoted(step)}" for step in steps)


def without(message: Message, place: str) -> Message:
    """Give the message with nothing at a place."""
    if place == KEY:
        return replace(message, key=None)
    if place.startswith(HEADER):
        kept = tuple(pair for pair in message.headers if pair[0] != place.removeprefix(HEADER))
        return replace(message, headers=kept)
    return replace(message, value=msgspec.json.encode(_without(payload(message), place, ())))


def text_of(value: bytes) -> str:
    """Give bytes as text, with a sign for what is none."""
    return value.decode(errors="replace")


def _without(value: Any, place: str, steps: Steps) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {
        name: _without(below, place, (*steps, name))
        for name, below in value.items()
        if path_of((*steps, name)) != place
    }


def _quoted(step: str) -> str:
    return msgspec.json.encode(step).decode()
