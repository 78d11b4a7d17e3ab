"""The list at an earlier instant: what lies before it is as it is, what spans it is folded up to it.

A transaction whose last record happened until the instant stands in its row as it stood then, and one whose first
record came after it was not there. Only those with records on both sides have to be folded, set-wise, by the same
statements as `show --as-of` folds one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tracer.analysis.judging import judge
from tracer.clock import NS_PER_S
from tracer.errors import UsageError
from tracer.model.sagas import Limits
from tracer.store.judging import Mind, judge_apart
from tracer.store.naming import name_fresh
from tracer.store.session import Session

MAX_SPANNING: Final = 100_000
MAX_SPANNING_RECORDS: Final = 2_000_000
_NARROWING: Final = ("sagas", "began_since", "began_until")
_NARROW: Final = "narrow it by the saga or by when they began, or ask for an instant at which less was under way"


def fold_past(session: Session, values: Mapping[str, Any], limits: Limits, *, as_of_ns: int) -> None:
    """Fold the transactions that span an instant into `spanned`, of those that `values` of the list let through.

    Raises UsageError where these are more than MAX_SPANNING, or have more than MAX_SPANNING_RECORDS records.
    """
    session.run("past_wanted", {"as_of": as_of_ns, **{name: values[name] for name in _NARROWING}})
    spanning, records, first_ns, _ = session.row("past_count") or (0, 0, 0, 0)
    if not spanning:
        session.run("past_none")
        return
    if spanning > MAX_SPANNING or records > MAX_SPANNING_RECORDS:
        raise UsageError(
            f"{spanning:,} transactions with {records:,} records were under way then and have gone on since; at most "
            f"{MAX_SPANNING:,} with {MAX_SPANNING_RECORDS:,} can be looked back at: {_NARROW}"
        )
    session.run("show_members")
    session.run("past_records", {"as_of": as_of_ns, "first": first_ns})
    name_fresh(session)
    for name in ("steps_fresh", "handoffs_fresh", "txns_fresh", "states"):
        session.run(name)
    default_ns = int(limits.default_s * NS_PER_S)
    session.run("derive", {"default_ns": default_ns})
    judge_apart(session, Mind(lambda marks, declared, learned: judge(marks, declared, learned, limits), default_ns))
    session.run("past_spanned")
