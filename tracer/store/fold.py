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

from tracer.store.session import Session

_ROUNDS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """How many records a pass took in, and how many wait."""

    records: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldLimits:
    """`max_records` a pass takes in; `lookback` how many records back a late tie still reaches."""

    max_records: int = 100_000
    lookback: int = 5_000_000


def fold(session: Session, limits: FoldLimits) -> Folded:
    """Take in what arrived since the last pass, inside the caller's transaction."""
    low, last = session.row("fold_span") or (0, 0)
    high = min(last, low + limits.max_records)
    if high == low:
        return Folded(records=0, waiting=0)
    floor = max(0, low - limits.lookback)
    session.run("fold_batch", {"lo": low, "hi": high})
    _name(session)
    has_ties = _tie(session, floor)
    session.run("fold_fresh" if has_ties else "fold_fresh_own", {"floor": floor} if has_ties else None)
    _merge(session, known=True)
    if has_ties:
        _again(session, high)
    session.run("fold_coverage")
    session.run("fold_done", {"hi": high})
    return Folded(records=high - low, waiting=last - high)


def _name(session: Session) -> None:
    """Give every id of the batch its number."""
    for name in ("fold_batch_names", "fold_known_names", "fold_new_names", "fold_keep_names", "fold_own"):
        session.run(name)


def _tie(session: Session, floor: int) -> bool:
    """Find out what ties the batch's records, and earlier ones, to transactions; whether anything does."""
    for name in ("fold_trace_new", "fold_keep_traces", "fold_message_new", "fold_keep_messages"):
        session.run(name)
    for name in ("fold_alias_now", "fold_keep_alias", "fold_no_joined", "fold_no_refold", "fold_no_moved"):
        session.run(name)
    is_moving = bool(session.value("fold_alias_matters"))
    if is_moving:
        _redirect(session)
    has_loose = bool(session.value("fold_has_loose"))
    if has_loose:
        session.run("fold_edges")
        _place(session, floor)
    return is_moving or has_loose or bool(session.value("fold_has_redirects"))


def _redirect(session: Session) -> None:
    for name in ("redirects", "redirect_changes", "clear_redirects", "keep_redirects", "refold_moved"):
        session.run(f"fold_{name}")


def _place(session: Session, floor: int) -> None:
    """Place records without an id, until no trace inherits anything new."""
    session.run("fold_hits_first")
    for _ in range(_ROUNDS):
        session.run("fold_candidates", {"floor": floor})
        for name in ("fold_asked", "fold_direct"):
            session.run(name)
        session.run("fold_kin", {"floor": floor})
        for name in ("resolved", "placement", "unplace", "keep_placed", "refold_placed", "join_placed"):
            session.run(f"fold_{name}")
        session.run("fold_heirs_now")
        session.run("fold_drop_heirs")
        session.run("fold_keep_heirs")
        session.run("fold_hits_next")
        if not session.value("fold_has_hits"):
            return


def _merge(session: Session, *, known: bool) -> None:
    """Merge `fresh` into the state; `known` says whether there may be state already."""
    kind = "known" if known else "fresh"
    session.run("fold_touched")
    for name in (f"steps_{kind}", f"handoffs_{kind}", f"txns_{kind}", "derive"):
        session.run(name)
    for name in ("merge_step", "merge_handoff", "merge_txn"):
        session.run(name)


def _again(session: Session, high: int) -> None:
    """Fold the transactions in `refold` from all of their records."""
    session.run("refold_wanted")
    if not session.value("refold_count"):
        return
    for name in ("refold_members", "refold_clear_txn", "refold_clear_step", "refold_clear_handoff"):
        session.run(name)
    session.run("refold_fresh", {"hi": high})
    _merge(session, known=False)


def forget(session: Session) -> None:
    """Drop all state and correlation: the passes that follow rebuild both from the records."""
    session.run("reindex_clear")
