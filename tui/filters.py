"""The filter line: free text and `field:value` terms, read as they are typed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, get_args

from tracer.model.words import STATUSES, StallKind, TransactionStatus
from tracer.views import Summary, TransactionQuery
from tui.moments import duration_s, moment

FIELDS: Final = (
    "status", "saga", "owner", "step", "kind", "error", "older", "longer", "shorter", "since", "until",
    "began-since", "began-until",
)  # fmt: skip
_ATTRIBUTE: Final = "attr."
_AGES: Final = {"older": "older_than_s", "longer": "longer_than_s", "shorter": "shorter_than_s"}
_MOMENTS: Final = {
    "since": "since", "until": "until", "began-since": "began_since", "began-until": "began_until",
}  # fmt: skip
MAX_OPTIONS: Final = 12
CYCLE: Final[tuple[TransactionStatus | None, ...]] = (
    None, "stuck", "failed", "compensating", "running", "compensated", "completed",
)  # fmt: skip
STALL_KINDS: Final[tuple[StallKind, ...]] = get_args(StallKind)
_CLOSED: Final[Mapping[str, tuple[str, ...]]] = {"status": STATUSES, "kind": STALL_KINDS}
MAX_SEEN: Final = 500
MAX_TEXT: Final = 512
_NAME: Final = r"attr\.[^\s:\"]+|[a-z]+(?:-[a-z]+)?"
_TERM: Final = re.compile(rf'!?(?P<field>{_NAME}):(?:"(?P<quoted>[^"]*)"?|(?P<plain>\S*))|(?P<word>\S+)')
_KEY: Final = re.compile(rf"({_NAME}):")
_STATUS_TERM: Final = re.compile(r'(?:^|(?<=\s))!?status:(?:"[^"]*"?|\S*)\s*')
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
MAX_ATTRIBUTES: Final = 8
_TOO_MANY: Final = f"at most {MAX_ATTRIBUTES} attributes can be asked for"
_NOT_ALONE: Final = "! inverts status: alone, as in !status:completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The values that went by, to complete what is typed; at most MAX_SEEN of each field."""

    saga: frozenset[str] = frozenset()
    owner: frozenset[str] = frozenset()
    step: frozenset[str] = frozenset()

    def with_rows(self, rows: Iterable[Summary]) -> Seen:
        """Add the values of these rows."""
        listed = list(rows)
        return self.with_values(
            saga=(row.saga for row in listed), owner=(row.owner for row in listed), step=(row.step for row in listed)
        )

    def with_values(
        self, *, saga: Iterable[str | None] = (), owner: Iterable[str | None] = (), step: Iterable[str | None] = ()
    ) -> Seen:
        """Add these values."""
        return Seen(saga=_grown(self.saga, saga), owner=_grown(self.owner, owner), step=_grown(self.step, step))

    def values(self, name: str) -> tuple[str, ...]:
        """Give the known values of a filter field, in order."""
        if name in _CLOSED:
            return _CLOSED[name]
        known: frozenset[str] = {"saga": self.saga, "owner": self.owner, "step": self.step}.get(name, frozenset())
        return tuple(sorted(known))


def _grown(known: frozenset[str], values: Iterable[str | None]) -> frozenset[str]:
    fresh = {value for value in values if value} - known
    return known | frozenset(sorted(fresh)[: MAX_SEEN - len(known)]) if fresh and len(known) < MAX_SEEN else known


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a filter line asks for, and what in it made no sense."""

    status: tuple[TransactionStatus, ...] = ()
    saga: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    step: tuple[str, ...] = ()
    kind: tuple[StallKind, ...] = ()
    error: str | None = None
    attribute: tuple[tuple[str, str], ...] = ()
    older_than_s: float | None = None
    longer_than_s: float | None = None
    shorter_than_s: float | None = None
    since: datetime | None = None
    until: datetime | None = None
    began_since: datetime | None = None
    began_until: datetime | None = None
    words: tuple[str, ...] = ()
    problems: tuple[str, ...] = field(default=())

    @property
    def unknown_keys(self) -> tuple[str, ...]:
        """Give the words that look like a key, but are none: they are searched for as text."""
        found = (_KEY.match(word) for word in self.words)
        return tuple(dict.fromkeys(match[1] for match in found if match))

    def query(self, sort: str) -> TransactionQuery:
        """Put the filter in the words of the query API."""
        return TransactionQuery(
            status=self.status, saga=self.saga, owner=self.owner, step=self.step,
            kind=self.kind, error=self.error, attribute=self.attribute, older_than_s=self.older_than_s,
            longer_than_s=self.longer_than_s, shorter_than_s=self.shorter_than_s, since=self.since, until=self.until,
            began_since=self.began_since, began_until=self.began_until,
            q=" ".join(self.words) or None, sort=sort,
        )  # fmt: skip


def parse(text: str, seen: Seen | None = None, now: datetime = _EPOCH) -> Filter:
    """Read a filter line; `now` is when it was typed, from which `since:1h` counts back.

    A value without quotes may be the beginning of one that was seen. A word with a colon that is not a field is text
    like any other, for ids hold colons too.
    """
    result = Filter()
    for match in _TERM.finditer(text[:MAX_TEXT]):
        result = _with_term(result, match, seen or Seen(), now)
    return result


def _with_term(result: Filter, match: re.Match[str], seen: Seen, now: datetime) -> Filter:
    name, value = match["field"], match["quoted"] or match["plain"] or ""
    if match.group().startswith("!") and name != "status" and len(match.group()) > 1:
        return _wrong(result, _NOT_ALONE)
    if name not in FIELDS and not (name or "").startswith(_ATTRIBUTE):
        return replace(result, words=(*result.words, match.group()))
    return _with_value(result, match, seen, now) if value else result


def _with_value(result: Filter, match: re.Match[str], seen: Seen, now: datetime) -> Filter:
    name, value = match["field"], match["quoted"] or match["plain"]
    if name.startswith(_ATTRIBUTE):
        return _with_attribute(result, name.removeprefix(_ATTRIBUTE), value)
    if name in _AGES or name in _MOMENTS:
        return _with_time(result, name, value, now)
    if name == "status":
        return _with_status(result, value.removeprefix("!"), inverts="!" in (match.group()[0], value[0]))
    if name == "kind":
        return _with_kind(result, value)
    if name == "error":
        return replace(result, error=value)
    # In quotes a value is the whole of it.
    known_ones = () if match["quoted"] else seen.values(name)
    found = tuple(known for known in known_ones if known.casefold().startswith(value.casefold()))
    return _with_values(result, name, (value, *found))


def _with_values(result: Filter, name: str, values: tuple[str, ...]) -> Filter:
    if name == "saga":
        return replace(result, saga=_merged(result.saga, values))
    if name == "owner":
        return replace(result, owner=_merged(result.owner, values))
    return replace(result, step=_merged(result.step, values))


def _merged(before: tuple[str, ...], values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *values)))


def _with_attribute(result: Filter, name: str, value: str) -> Filter:
    if len(result.attribute) >= MAX_ATTRIBUTES:
        return _wrong(result, _TOO_MANY)
    return replace(result, attribute=(*result.attribute, (name, value)))


def _with_time(result: Filter, name: str, value: str, now: datetime) -> Filter:
    return _with_age(result, name, value) if name in _AGES else _with_moment(result, name, value, now)


def _with_age(result: Filter, name: str, value: str) -> Filter:
    if (seconds := duration_s(value)) is None:
        return _wrong(result, f"{name}: takes a duration such as 90s, 5m, 2h or 1d")
    return _set(result, _AGES[name], seconds)


def _with_moment(result: Filter, name: str, value: str, now: datetime) -> Filter:
    if (found := moment(value, now)) is None:
        return _wrong(
            result,
            f"{name}: takes a duration ago such as 90m, a time such as 02:15, or a date such as 2026-03-14T02:15",
        )
    return _set(result, _MOMENTS[name], found)


def _set(result: Filter, name: str, value: float | datetime) -> Filter:
    changed: dict[str, Any] = {name: value}
    return replace(result, **changed)


def _wrong(result: Filter, problem: str) -> Filter:
    return replace(result, problems=(*result.problems, problem))


def _with_kind(result: Filter, value: str) -> Filter:
    asked = [part for part in value.casefold().split(",") if part]
    found = tuple(kind for kind in STALL_KINDS if any(kind.startswith(part) for part in asked))
    if not found:
        return _wrong(result, f"kind: takes {', '.join(STALL_KINDS)}")
    return replace(result, kind=tuple(dict.fromkeys((*result.kind, *found))))


def _with_status(result: Filter, value: str, *, inverts: bool) -> Filter:
    asked = [part for part in value.casefold().split(",") if part]
    found = tuple(status for status in STATUSES if any(status.startswith(part) for part in asked))
    if not found:
        return _wrong(result, f"status: takes {', '.join(STATUSES)}")
    if not inverts:
        return replace(result, status=tuple(dict.fromkeys((*result.status, *found))))
    left = tuple(status for status in result.status or STATUSES if status not in found)
    if not left:
        return _wrong(result, "status: and !status: together leave nothing")
    return replace(result, status=left)


def next_status(text: str) -> str:
    """Turn the filter line's status to the next of the cycle: all, stuck, failed, compensating, ..."""
    current = parse(text).status
    position = CYCLE.index(current[0]) if len(current) == 1 else 0
    following = CYCLE[(position + 1) % len(CYCLE)]
    rest = _STATUS_TERM.sub("", text).strip()
    return f"status:{following} {rest}".strip() if following else rest


def options(text: str, seen: Seen) -> tuple[str, ...]:
    """Give what the last term of the line may become: keys, or values that are known; those that fit it first."""
    last = text.rpartition(" ")[2]
    name, colon, value = last.partition(":")
    if colon:
        known = seen.values(name.removeprefix("!"))
        fitting = [each for each in known if each.casefold().startswith(value.rpartition(",")[2].casefold())]
        return tuple(fitting[:MAX_OPTIONS])
    keys = ["!status:"] if last.startswith("!") else [*(f"{known}:" for known in FIELDS), _ATTRIBUTE]
    return tuple(each for each in keys if each.startswith(last))


def complete(text: str, seen: Seen) -> str | None:
    """Give the line with its last term completed to a field or a value that was seen; None where there is none."""
    head, _, last = text.rpartition(" ")
    if not last:
        return None
    name, colon, _ = last.partition(":")
    choices = [f"{name}:{known}" for known in seen.values(name.removeprefix("!"))] if colon else options(last, seen)
    found = next((each for each in choices if each.casefold().startswith(last.casefold()) and " " not in each), None)
    if found is None or len(found) == len(last):
        return None
    return text[: len(head) + (1 if head or text.startswith(" ") else 0)] + found
