"""The fold: from records to the state of each transaction.

State is a pure function of a transaction's records. What each record says is a row of a lattice (earliest
start, latest end, ...), and rows merge by min, max and or: order and batching cannot matter. A pass takes
the records that arrived since the last one, finds the transaction of each, merges their rows into what is
known of the transactions they touch, and derives their state, all set-wise. Where the membership of a
record changes afterwards (an alias, a second id in its trace), the transactions concerned are folded again
from all of their records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tracer.store.judging import Mind, judge_touched
from tracer.store.naming import name_fresh, named
from tracer.store.session import Session, Values

_ROUNDS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """How many records a pass took in, and how many wait."""

    records: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldLimits:
    """`max_records` a pass takes in; `lookback` how many records back a late tie still reaches.

    `max_again` is how many transactions a pass looks at again where something else is known of their saga.
    """

    max_records: int = 100_000
    lookback: int = 5_000_000
    max_again: int = 20_000


def fold(session: Session, limits: FoldLimits, mind: Mind, *, now_ns: int) -> Folded:
    """Take in what arrived since the last pass, inside the caller's transaction."""
    low, last = session.row("fold_span") or (0, 0)
    high = min(last, low + limits.max_records)
    if high == low:
        return Folded(records=0, waiting=0)
    span = {"lo": low, "hi": high}
    floor = max(0, low - limits.lookback)
    look = _Look(*(session.row("fold_look", span) or ()))
    _name(session, span)
    if look.has_messages or not look.is_plain:
        session.run("fold_message_new", span)
        session.run("fold_keep_messages")
    at = _Judging(mind, now_ns)
    if look.is_plain and named(session):
        session.run("named_own", span)
        name_fresh(session)
        _merge(session, "known", at)
    elif look.is_plain:
        _merge(session, "own", at, span)
    else:
        _fold_tied(session, look, span, floor, at)
    session.run("fold_coverage", span)
    session.run("fold_done", {"hi": high})
    return Folded(records=high - low, waiting=last - high)


@dataclass(frozen=True, slots=True)
class _Judging:
    """Who judges, and when."""

    mind: Mind
    now_ns: int


@dataclass(frozen=True, slots=True)
class _Look:
    """What a batch has that must be served."""

    has_loose: bool
    has_aliases: bool
    has_messages: bool
    has_redirects: bool
    has_known_aliases: bool

    @property
    def is_plain(self) -> bool:
        """Every record carries an id, and no id can be an alias of another."""
        return not (self.has_loose or self.has_aliases or self.has_redirects or self.has_known_aliases)


def _name(session: Session, span: Values) -> None:
    """Give every id of the batch its number, and its traces to it."""
    session.run("fold_batch_names", span)
    for name in ("fold_known_names", "fold_new_names", "fold_keep_names"):
        session.run(name)
    session.run("fold_trace_new", span)
    session.run("fold_keep_traces")


def _fold_tied(session: Session, look: _Look, span: Values, floor: int, at: _Judging) -> None:
    """Fold a batch whose records must first be tied to transactions, or tie earlier ones."""
    session.run("fold_batch", span)
    session.run("fold_own")
    for name in ("fold_alias_now", "fold_keep_alias"):
        session.run(name)
    for name in ("fold_no_joined", "fold_no_refold", "fold_no_moved"):
        session.run(name)
    if session.value("fold_alias_matters"):
        _redirect(session)
    if look.has_loose:
        session.run("fold_edges")
        _place(session, floor, span["hi"])
    session.run("fold_fresh", {"floor": floor})
    name_fresh(session)
    _merge(session, "known", at)
    _again(session, span["hi"], at)


def _redirect(session: Session) -> None:
    for name in ("redirects", "redirect_changes", "clear_redirects", "keep_redirects", "refold_moved"):
        session.run(f"fold_{name}")


def _place(session: Session, floor: int, high: int) -> None:
    """Place records without an id, until no trace inherits anything new."""
    session.run("fold_hits_first")
    for _ in range(_ROUNDS):
        session.run("fold_candidates", {"floor": floor, "hi": high})
        for name in ("fold_asked", "fold_direct"):
            session.run(name)
        session.run("fold_kin", {"floor": floor, "hi": high})
        for name in ("resolved", "placement", "unplace", "keep_placed", "refold_placed", "join_placed"):
            session.run(f"fold_{name}")
        session.run("fold_heirs_now")
        session.run("fold_drop_heirs")
        session.run("fold_keep_heirs")
        session.run("fold_hits_next")
        if not session.value("fold_has_hits"):
            return


def _merge(session: Session, kind: str, at: _Judging, span: Values | None = None) -> None:
    """Merge records into the state.

    `kind` is "own" for the records of the span that carry an id, "known" for those in `fresh`, and "fresh" for
    those in `fresh` where there is no state yet.
    """
    session.run("touched_own" if kind == "own" else "touched_fresh")
    for name in ("steps", "handoffs", "txns"):
        session.run(f"{name}_{kind}", span)
    session.run("states")
    session.run("derive", {"default_ns": at.mind.default_ns})
    judge_touched(session, at.mind, now_ns=at.now_ns)
    for name in ("step", "handoff", "txn"):
        session.run(f"keep_{name}")
        if kind != "fresh":
            session.run(f"change_{name}")


def _again(session: Session, high: int, at: _Judging) -> None:
    """Fold the transactions in `refold` from all of their records."""
    session.run("refold_wanted")
    if not session.value("refold_count"):
        return
    for name in ("refold_members", "refold_clear_txn", "refold_clear_step", "refold_clear_handoff"):
        session.run(name)
    session.run("refold_fresh", {"hi": high})
    name_fresh(session)
    _merge(session, "fresh", at)


def catch_up(session: Session, limits: FoldLimits, mind: Mind, *, now_ns: int) -> int:
    """Look again at some of the transactions of which something else is known now; how many may be left."""
    whole, light = session.row("again_counts") or (0, 0)
    at, most = _Judging(mind, now_ns), {"most": limits.max_again}
    if whole:
        session.run("again_whole", most)
        _again(session, session.value("folded_seq"), at)
        session.run("again_whole_done")
        return int(max(0, whole - limits.max_again) + light)
    if light:
        session.run("again_light", most)
        for name in ("steps", "handoffs", "txns"):
            session.run(f"{name}_again")
        session.run("states")
        session.run("derive", {"default_ns": mind.default_ns})
        judge_touched(session, mind, now_ns=now_ns)
        session.run("change_txn")
        session.run("again_light_done")
    return int(max(0, light - limits.max_again))


def forget(session: Session) -> None:
    """Drop all state and correlation: the passes that follow rebuild both from the records."""
    session.run("reindex_clear")
