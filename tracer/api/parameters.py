"""Reads query parameters, strictly: an unknown one or a value that cannot be meant is a 400 with the fix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, get_args

from multidict import MultiMapping

from tracer.config.quantity import DURATION_HELP, parse_duration_s
from tracer.errors import UsageError
from tracer.model.words import STATUSES, StallKind
from tracer.views import SortKey, StallQuery, TransactionQuery

MAX_PAGE_ROWS: Final = 1000
MAX_RECORDS: Final = 10_000
DEFAULT_RECORDS: Final = 1000
MAX_TEXT: Final = 4000
STALL_KINDS: Final[tuple[StallKind, ...]] = get_args(StallKind)
SORT_KEYS: Final = tuple(sign + key for key in get_args(SortKey) for sign in ("", "-"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A query parameter, with its JSON schema; `repeated` values are alternatives if nothing else is said."""

    name: str
    about: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    repeated: bool = False


_MOMENT: Final = {"type": "string", "format": "date-time"}
_WHOLE: Final = {"type": "integer", "minimum": 0}
AS_OF: Final = (Parameter(name="as_of", about="As it was at this time.", schema=_MOMENT),)

LIST: Final = (
    Parameter(name="status", about="Only this status.", schema={"enum": list(STATUSES)}, repeated=True),
    Parameter(name="saga", about="Only this workflow type.", repeated=True),
    Parameter(name="owner", about="Only where this participant owns the step.", repeated=True),
    Parameter(name="step", about="Only in this step.", repeated=True),
    Parameter(
        name="kind", about="Only stuck, with this kind of stall.", schema={"enum": list(STALL_KINDS)}, repeated=True
    ),
    Parameter(name="error", about="Only with this text in the error."),
    Parameter(name="attribute", about="Only with KEY=VALUE as an attribute of a record; all must hold.", repeated=True),
    Parameter(name="older_than", about="Only longer than this in the current step: 5m, 90s."),
    Parameter(name="longer_than", about="Only where the whole transaction took longer than this, until now if open."),
    Parameter(name="shorter_than", about="Only where the whole transaction took less than this, until now if open."),
    Parameter(name="since", about="Only active since this time.", schema=_MOMENT),
    Parameter(name="until", about="Only active until this time.", schema=_MOMENT),
    Parameter(name="began_since", about="Only begun since this time.", schema=_MOMENT),
    Parameter(name="began_until", about="Only begun until this time.", schema=_MOMENT),
    Parameter(name="q", about="Only with this text in the id, an alias, saga, step, owner or error."),
    Parameter(name="sort", about="Order, descending with a leading -.", schema={"enum": list(SORT_KEYS)}),
    Parameter(name="limit", about="Rows of a page.", schema={**_WHOLE, "minimum": 1, "maximum": MAX_PAGE_ROWS}),
    Parameter(name="cursor", about="Go on where a page ended; not together with offset."),
    Parameter(name="offset", about="Skip so many rows; not together with cursor.", schema=_WHOLE),
    *AS_OF,
)
RECORDS: Final = (
    Parameter(name="limit", about="Records at most.", schema={**_WHOLE, "minimum": 1, "maximum": MAX_RECORDS}),
    Parameter(name="offset", about="Skip so many records.", schema=_WHOLE),
)

EXPORT: Final = (
    Parameter(name="format", about="How to write the records.", schema={"enum": ["ndjson", "parquet"]}),
    Parameter(name="txn", about="Only records of this transaction, by its id or an alias.", repeated=True),
    Parameter(name="saga", about="Only records of transactions of this workflow type.", repeated=True),
    Parameter(name="since", about="Only records that happened at this time or later.", schema=_MOMENT),
    Parameter(name="until", about="Only records that happened until this time.", schema=_MOMENT),
)

STALLS: Final = (
    Parameter(name="saga", about="Only of this workflow type.", repeated=True),
    Parameter(name="owner", about="Only where this participant owns the step.", repeated=True),
    Parameter(name="step", about="Only at this step.", repeated=True),
    Parameter(name="kind", about="Only this kind of stall.", schema={"enum": list(STALL_KINDS)}, repeated=True),
    Parameter(name="limit", about="Rows.", schema={**_WHOLE, "minimum": 1, "maximum": MAX_PAGE_ROWS}),
)
STATS: Final = (
    Parameter(name="saga", about="Only of this workflow type."),
    Parameter(name="since", about="Only transactions that began at this time or later.", schema=_MOMENT),
    Parameter(name="until", about="Only transactions that began before this time.", schema=_MOMENT),
    Parameter(name="every", about="The length of a span of time: 1h, 15m."),
)

Query = MultiMapping[str]


def check_known(query: Query, known: Iterable[Parameter]) -> None:
    """Refuse parameters that a route does not take, and several values of one that takes one."""
    parameters = {parameter.name: parameter for parameter in known}
    if unknown := sorted(set(query.keys()) - set(parameters)):
        names = ", ".join(sorted(parameters)) or "none"
        raise UsageError(f"unknown query parameter {', '.join(unknown)}; known here: {names}")
    for name, parameter in parameters.items():
        values = query.getall(name, [])
        if len(values) > 1 and not parameter.repeated:
            raise UsageError(f"the query parameter {name} is given {len(values)} times; give it once")
        if any(len(value) > MAX_TEXT for value in values):
            raise UsageError(f"the query parameter {name} is longer than {MAX_TEXT} characters")


def transaction_query(query: Query) -> TransactionQuery:
    """Read the filters of the list."""
    defaults = TransactionQuery()
    cursor, offset = query.get("cursor"), whole(query, "offset", 0)
    if cursor is not None and "offset" in query:
        raise UsageError("cursor and offset both say where to begin; give one of the two")
    return TransactionQuery(
        status=chosen(query.getall("status", []), STATUSES, "status"),
        saga=tuple(query.getall("saga", [])),
        owner=tuple(query.getall("owner", [])),
        step=tuple(query.getall("step", [])),
        kind=chosen(query.getall("kind", []), STALL_KINDS, "kind"),
        error=query.get("error"),
        attribute=tuple(_attribute(text) for text in query.getall("attribute", [])),
        older_than_s=_duration(query, "older_than"),
        longer_than_s=_duration(query, "longer_than"),
        shorter_than_s=_duration(query, "shorter_than"),
        since=moment(query, "since"),
        until=moment(query, "until"),
        began_since=moment(query, "began_since"),
        began_until=moment(query, "began_until"),
        q=query.get("q"),
        sort=chosen([query.get("sort", defaults.sort)], SORT_KEYS, "sort")[0],
        limit=whole(query, "limit", defaults.limit, least=1, most=MAX_PAGE_ROWS),
        cursor=cursor,
        offset=offset,
        as_of=moment(query, "as_of"),
    )


def stall_query(query: Query) -> StallQuery:
    """Read the filters of stalls and incidents."""
    return StallQuery(
        saga=tuple(query.getall("saga", [])),
        owner=tuple(query.getall("owner", [])),
        step=tuple(query.getall("step", [])),
        kind=chosen(query.getall("kind", []), STALL_KINDS, "kind"),
        limit=whole(query, "limit", StallQuery().limit, least=1, most=MAX_PAGE_ROWS),
    )


def duration(query: Query, name: str, default: float) -> float:
    """Read a duration as seconds."""
    seconds = _duration(query, name)
    return default if seconds is None else seconds


def whole(query: Query, name: str, default: int, *, least: int = 0, most: int = 2**53) -> int:
    """Read a whole number within its bounds."""
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and least <= int(text[:20]) <= most):
        raise UsageError(f"{name} must be a whole number from {least} to {most}, not {text[:40]!r}")
    return int(text)


def moment(query: Query, name: str) -> datetime | None:
    """Read an RFC 3339 time with its zone."""
    text = query.get(name)
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        hint = "a + in a URL must be written %2B" if " " in text else "a time and its zone"
        raise UsageError(f"{name} must be an RFC 3339 time like 2026-11-23T02:00:00Z, not {text[:40]!r}: {hint}")
    return at


def _attribute(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise UsageError(f"attribute must be KEY=VALUE, not {text[:40]!r}")
    return name, value


def _duration(query: Query, name: str) -> float | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return parse_duration_s(text)
    except ValueError as wrong:
        raise UsageError(f"{name} must be a duration, not {text[:40]!r}: {DURATION_HELP}") from wrong


def chosen(values: Iterable[str], choices: Iterable[Any], name: str) -> tuple[Any, ...]:
    """Read words out of a closed vocabulary."""
    known = tuple(choices)
    for value in values:
        if value not in known:
            raise UsageError(f"{name} must be one of {', '.join(known)}, not {value[:40]!r}")
    return tuple(values)
