"""What the store knows of one transaction, read in as few statements as will do.

Where the fold has taken in every record of the transaction its rows are read as they are. Where it has not
yet, where an earlier instant is asked for, or where ids are aliases of each other, the records themselves are
folded by the same statements, at the moment of asking: an answer is never behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from tracer.errors import NotFound
from tracer.store.naming import name_shown, named
from tracer.store.session import Row, Session

TIMELINE_LIMIT: Final = 20_000
FOREVER_NS: Final = (1 << 63) - 1
_SUGGESTED: Final = 5
_BY_ALIAS: Final = 2  # the rank in find_name.sql


@dataclass(frozen=True, slots=True)
class Head:
    """The row of the transaction."""

    first_ns: int
    last_ns: int
    saga: str | None
    style: Any
    status: Any
    ended_ns: int | None
    step: str | None
    owner: str | None
    state: Any
    since_ns: int | None
    basis: Any
    stall: Any
    lost_span: int | None
    error: str | None
    records: int
    outcome: Any
    situation: int | None
    deadline_ns: int | None
    limit_ns: int | None
    limit_basis: Any


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step over all of its attempts."""

    step: str
    compensates: str
    owner: str | None
    state: Any
    started_ns: int | None
    commanded_ns: int | None
    first_ns: int
    closed_ns: int | None
    is_open: bool | None
    since_ns: int
    attempts: int
    error: str | None
    exact: bool
    word: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the fold says that a transaction stands, and the deadline that it has set for that."""

    step: str | None
    since_ns: int | None
    deadline_ns: int | None
    limit_basis: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Everything that is told of a transaction.

    `timeline` holds rows as `timeline_columns.sql` has them, `handoff` the destination of a message that nobody
    was seen to take, `mixed` how many records could belong to several transactions. `kept` is what the fold judged,
    None where it did not, or not of these records.
    """

    transaction_id: str
    aliases: tuple[str, ...]
    head: Head
    steps: tuple[StepRow, ...]
    timeline: tuple[Row, ...]
    handoff: str | None
    mixed: int
    kept: Kept | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What `gather_records` left in the session: the transaction's own id and the bounds of its known records."""

    transaction_id: str
    first_ns: int
    last_ns: int


def gather(session: Session, asked: str, *, default_ns: int, as_of_ns: int | None = None) -> Gathered | None:
    """Read a transaction by its id or an alias, now or as it stood; None where there is none (or was none then).

    `default_ns` is how long it may stand in one place where nothing better is known.
    """
    if as_of_ns is None and (known := _known(session, asked)):
        return known
    found = gather_records(session, asked, as_of_ns=FOREVER_NS if as_of_ns is None else as_of_ns)
    if found is None:
        return None
    # What has not changed since an instant stood then as the fold has judged it.
    return _folded(session, found, default_ns, is_now=as_of_ns is None or found.last_ns <= as_of_ns)


def _known(session: Session, asked: str) -> Gathered | None:
    """Read the rows of the fold, where they say all; else None."""
    row = session.row("known_own", {"id": asked})
    if row is None:
        return None
    own, has_redirects, has_loose, folded = row
    if has_redirects or session.value("unfolded_has", {"id": asked, "folded": folded}):
        return None
    state = session.row("known_state", {"own": own})
    if state is None:
        return None
    head = Head(*state)
    bounds = {"first": head.first_ns, "last": head.last_ns}
    if named(session) and (has_loose or session.value("known_named", {**bounds, "id": asked})):
        return None
    lost = head.lost_span
    return Gathered(
        transaction_id=asked,
        aliases=tuple(row[0] for row in session.rows("known_aliases", {"own": own, "id": asked})),
        head=head,
        steps=tuple(StepRow(*row) for row in session.rows("known_steps", {"own": own})),
        timeline=_timeline(session, head, own, {**bounds, "id": asked, "folded": folded}, has_loose=has_loose),
        handoff=None if lost is None else session.value("known_destination", {**bounds, "span": lost}),
        mixed=session.value("known_ambiguous", {**bounds, "own": own}) if has_loose else 0,
        kept=None if head.situation is None else Kept(head.step, head.since_ns, head.deadline_ns, head.limit_basis),
    )


def _timeline(session: Session, head: Head, own: int, known: dict[str, Any], *, has_loose: bool) -> tuple[Row, ...]:
    if head.records > TIMELINE_LIMIT:
        rows = session.rows("known_timeline_first", {**known, "limit": TIMELINE_LIMIT})
    else:
        rows = session.rows("known_timeline", known)
    placed = session.rows("known_placed", {"own": own}) if has_loose else []
    if placed:
        seqs = [seq for seq, _ in placed]
        values = {"seqs": seqs, "rules": [rule for _, rule in placed], "low": min(seqs), "high": max(seqs)}
        rows += session.rows("placed_timeline", values)
    return tuple(sorted(rows, key=_in_time)[:TIMELINE_LIMIT])


def _in_time(row: Row) -> tuple[int, int, int]:
    at_ns, until_ns, seq = row[0], row[1], row[-1]
    return at_ns, -(at_ns if until_ns is None else until_ns), seq


def gather_records(session: Session, asked: str, *, as_of_ns: int) -> Found | None:
    """Put the records of a transaction into the session's table `shown`; None where there is no such id.

    `asked` may be the transaction's id or any alias of it; raises NotFound for an alias that several have.
    Records that the fold has not taken in count too.
    """
    folded = session.value("folded_seq")
    txn = _number(session, asked)
    if txn is None:
        if not session.value("unfolded_has", {"id": asked, "folded": folded}):
            return None
        session.run("show_unfolded", {"id": asked})
        found = Found(transaction_id=asked, first_ns=0, last_ns=0)
    else:
        session.run("show_wanted", {"txn": txn})
        session.run("show_members")
        name, first, last = session.row("show_names", {"txn": txn}) or (asked, 0, FOREVER_NS)
        found = Found(transaction_id=name, first_ns=first, last_ns=last)
    bounds = {"first": found.first_ns, "last": found.last_ns, "folded": folded, "as_of": as_of_ns}
    session.run("show_records", bounds)
    name_shown(session)
    return found


def _number(session: Session, asked: str) -> int | None:
    found = session.rows("find_name", {"id": asked, "limit": _SUGGESTED})
    if not found:
        return None
    txn, _, rank = found[0]
    if rank == _BY_ALIAS and len(found) > 1:
        names = tuple(name for _, name, _ in found)
        raise NotFound(f"{asked} is an alias of several transactions: ask for one by its own id", nearest=names)
    return int(txn)


def _folded(session: Session, found: Found, default_ns: int, *, is_now: bool) -> Gathered | None:
    """Fold the records in `shown`; None where there are none."""
    session.run("show_fresh")
    for name in ("steps_fresh", "handoffs_fresh", "txns_fresh", "states"):
        session.run(name)
    session.run("derive", {"default_ns": default_ns})
    row = session.row("show_state")
    if row is None:
        return None
    head = Head(*row)
    lost = head.lost_span
    kept = session.row("show_kept", {"id": found.transaction_id, "records": head.records}) if is_now else None
    return Gathered(
        transaction_id=found.transaction_id,
        aliases=tuple(row[0] for row in session.rows("show_aliases", {"id": found.transaction_id})),
        head=head,
        steps=tuple(StepRow(*row) for row in session.rows("show_steps")),
        timeline=tuple(session.rows("show_timeline", {"limit": TIMELINE_LIMIT})),
        handoff=None if lost is None else session.value("show_destination", {"span": lost}),
        mixed=session.value("show_ambiguous", {"first": found.first_ns, "last": found.last_ns}),
        kept=Kept(*kept) if kept else None,
    )
