"""What the store must answer, written from the rules in plain Python, slowly and all at once.

A record is a mapping of the columns of `tracer.model.records.RECORD_SCHEMA`, as `rows_to_batch` takes
them. `tell` reads an unordered collection of them and says where each belongs, by which rule, and how
every transaction stands. It knows no batches, no order of arrival and no database.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from tests.oracle_places import Correlation, Identity, Place, Record, identity

ENDED_BADLY: Final = {"failed", "timed_out", "compensation_failed"}
ENDED_WELL: Final = {"completed", "compensated"}
UNDOING: Final = {"compensating", "compensated", "compensation_failed"}
ABOUT_THE_WHOLE: Final = {"txn_started", "txn_completed", "txn_failed"}
OUTCOMES: Final = {"completed", "failed", "compensated", "cancelled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTold:
    """How one step stands, over all of its attempts. `since_ns` is when it last began."""

    step: str
    compensates: str
    owner: str | None
    state: str | None
    is_open: bool
    begun_ns: int
    since_ns: int
    closed_ns: int | None
    attempts: int
    error: str | None
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How one transaction stands: the columns of the store's table `txn`."""

    status: str
    step: str | None
    owner: str | None
    state: str | None
    since_ns: int | None
    basis: str | None
    stall: str | None
    lost_span: int | None
    ended_ns: int | None
    saga: str | None
    style: str | None
    first_ns: int
    last_ns: int
    records: int
    outcome: str | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What all records say together."""

    places: Mapping[Identity, Place]
    members: Mapping[str, list[Record]]
    transactions: Mapping[str, Told]
    steps: Mapping[str, list[StepTold]]


def tell(records: Iterable[Record]) -> World:
    """Say everything about a collection of records."""
    once = list({identity(record): record for record in records}.values())
    places = Correlation(once).places()
    members: dict[str, list[Record]] = defaultdict(list)
    for record in once:
        if (transaction := places[identity(record)].transaction) is not None:
            members[transaction].append(record)
    return World(
        places=places,
        members=members,
        transactions={name: transaction_of(own) for name, own in members.items()},
        steps={name: steps_of(own) for name, own in members.items()},
    )


def end_of(record: Record) -> int:
    """When a record was over: the end of a span that ended, else when it happened."""
    until = record.get("until_ns")
    return record["at_ns"] if until is None else until


def last_of(record: Record) -> int:
    """The later of a record's two times (clocks can be wrong)."""
    return max(record["at_ns"], end_of(record))


def latest_text(said: Iterable[tuple[int, str]]) -> str | None:
    """The text with the latest time; of several at the same time, the greatest."""
    return max(((max(at, 0), text[:500]) for at, text in said), default=(0, None))[1]


def owner_of(records: Iterable[Record]) -> str | None:
    """Who does the work: the receiving side knows best, the calling side least; then by name."""
    rank = {"server": 3, "consumer": 3, "client": 1, "producer": 1}
    owners = [(rank.get(one.get("span_kind") or "", 2), one["owner"]) for one in records if one.get("owner")]
    return max(owners, default=(0, None))[1]


def undoes(record: Record) -> str:
    """The step that a record's step undoes, itself where it only says that it compensates; else nothing."""
    return record.get("compensates") or (record["step"] if record["phase"] in UNDOING else "")


def steps_of(records: list[Record]) -> list[StepTold]:
    """How the steps of one transaction stand; where some are named on purpose, only those."""
    groups: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        if record.get("step") is not None and record["phase"] not in ABOUT_THE_WHOLE:
            groups[record["step"], undoes(record)].append(record)
    named = {
        key
        for key, own in groups.items()
        if any(one.get("step_by") == "attribute" and one["phase"] != "retried" for one in own)
    }
    return [step_of(*key, own) for key, own in sorted(groups.items()) if not named or key in named]


def names_its_step(record: Record) -> bool:
    """Whether a record names its step on purpose, and tells of the doing of it."""
    return record.get("step_by") == "attribute" and record["phase"] != "retried"


def step_of(step: str, compensates: str, records: list[Record]) -> StepTold:
    """How one step stands."""
    spans = [one for one in records if one["kind"] == "span"]
    ends = ENDED_BADLY | ENDED_WELL
    begun = [one["at_ns"] for one in records if one["phase"] in {"started", "progressed", "compensating"}]
    begun += [one["at_ns"] for one in spans if one["phase"] in ends]
    commanded = [one["at_ns"] for one in records if one["phase"] == "command"]
    waited = [one["at_ns"] for one in records if one["phase"] == "waiting"]
    retried = [one["at_ns"] for one in records if one["phase"] == "retried"]
    done = [end_of(one) for one in records if one["phase"] in ENDED_WELL or is_plain_event(one)]
    failed = [end_of(one) for one in records if one["phase"] in ENDED_BADLY]
    # A command comes before all else of its attempt, whatever the clock of who sent it says.
    seen = {one.get("attempt") or 1 for one in records if says_more(one)}
    asked = [one["at_ns"] for one in records if one["phase"] == "command" and (one.get("attempt") or 1) not in seen]
    taken = [
        one for one in records if one.get("span_kind") in {"server", "consumer"} and one.get("until_ns") is not None
    ]
    attempts = max(*(one.get("attempt") or 1 for one in records), len(taken))
    opened = max(begun + waited + retried + asked, default=None)
    closed = max(done + failed, default=None)
    is_open = opened is not None and (closed is None or opened > closed)
    is_due = bool(retried) and max(retried) >= max(begun, default=max(retried)) and max(retried) > max(done, default=-1)
    if not is_open and is_due:
        word = "retrying"
    elif is_open:
        if opened in waited:
            word = "waiting"
        elif not begun and not retried:
            word = "pending"
        else:
            word = "retrying" if failed or retried or attempts > 1 else "running"
    elif closed is None:
        word = None
    else:
        word = "completed" if done and (not failed or max(done) >= max(failed)) else "failed"
    first = min(begun or commanded or [one["at_ns"] for one in records])
    return StepTold(
        step=step,
        compensates=compensates,
        owner=owner_of(records),
        state=as_compensation(word) if compensates else word,
        is_open=is_open or is_due,
        begun_ns=first,
        since_ns=max(begun) if begun and done and max(begun) > max(done) else first,
        closed_ns=closed,
        attempts=attempts,
        error=latest_text((last_of(one), one["error"]) for one in records if one.get("error") is not None),
        exact=any(
            one["phase"] in {"started", "progressed", "compensating"} and one.get("until_ns") is None for one in records
        ),
    )


def says_more(record: Record) -> bool:
    """Whether a record tells of an attempt more than that it was asked for, or that it is there."""
    phases = {"started", "progressed", "compensating", "waiting", "retried"} | ENDED_BADLY | ENDED_WELL
    return record["phase"] in phases or is_plain_event(record)


def is_plain_event(record: Record) -> bool:
    """An event that says no more than its name: that it happened means that it is done."""
    return record["phase"] == "observed" and record["kind"] == "event" and record.get("step_by") == "name"


def as_compensation(word: str | None) -> str | None:
    """The word for a step that undoes another one."""
    if word is None:
        return None
    return {"completed": "compensated", "failed": "compensation_failed"}.get(word, "compensating")


def outcome_of(records: Iterable[Record]) -> tuple[int, str] | None:
    """When a transaction ended, and how: the latest word on it."""
    said = []
    for record in records:
        if record.get("outcome") in OUTCOMES:
            said.append((max(last_of(record), 0), record["outcome"]))
        elif record["phase"] in {"txn_completed", "txn_failed"}:
            said.append((max(last_of(record), 0), record["phase"].removeprefix("txn_")))
    return max(said, default=None)


def messages_of(records: Iterable[Record]) -> tuple[dict[int, int], set[int]]:
    """When each producer's span sent its message, and the spans whose message was taken."""
    sent: dict[int, int] = {}
    taken: set[int] = set()
    for record in records:
        span = record.get("span_id") or 0
        if record.get("span_kind") == "producer" and span:
            sent[span] = min(sent.get(span, record["at_ns"]), record["at_ns"])
        if record.get("span_kind") == "consumer":
            links = json.loads(record.get("links") or "[]")
            taken |= {record.get("parent_span_id") or 0, *(int(link["span_id"], 16) for link in links)}
    return sent, taken


def transaction_of(records: list[Record]) -> Told:
    """How one transaction stands, from all of its records."""
    steps = steps_of(records)
    ended = outcome_of(records)
    sent, taken = messages_of(records)
    has_undone = any(step.compensates for step in steps)
    styles = [one["style"] for one in records if one.get("style")]
    told = Told(
        status="compensating" if has_undone else "running",
        step=None,
        owner=None,
        state=None,
        since_ns=None,
        basis=None,
        stall=None,
        lost_span=None,
        ended_ns=None,
        saga=max((one["saga"] for one in records if one.get("saga")), default=None),
        style=max(styles, default="choreography" if sent else None),
        first_ns=min(one["at_ns"] for one in records),
        last_ns=max(last_of(one) for one in records),
        records=len(records),
        outcome=ended[1] if ended else None,
        error=latest_text((last_of(one), one["error"]) for one in records if one.get("error") is not None),
    )
    undoing = [
        step.since_ns for step in steps if step.compensates and (step.is_open or step.state == "compensation_failed")
    ]
    if ended is None or max(undoing, default=-1) > ended[0]:
        lost = max(((at, span) for span, at in sent.items() if span not in taken), default=None)
        return stand(told, steps, lost)
    at, outcome = ended
    return replace(told, status="compensated" if outcome == "cancelled" else outcome, ended_ns=at)


def stand(told: Told, steps: list[StepTold], lost: tuple[int, int] | None) -> Told:
    """Where a transaction that has not ended stands: in an open step, at a lost message, or after its last step.

    Of several open steps a compensation comes first and one that waits last.
    """
    openings = [step for step in steps if step.is_open]
    if openings:
        at = min(
            openings,
            key=lambda one: (one.state == "waiting", not one.compensates, one.since_ns, one.step, one.compensates),
        )
        since, is_lost = at.since_ns, False
    else:
        closings = [(step.closed_ns, step.step, step.compensates, step) for step in steps if step.closed_ns is not None]
        *_, at = max(closings, key=lambda one: one[:3], default=(None,))
        is_lost = lost is not None and (at is None or lost[0] >= at.since_ns)
        since = lost[0] if is_lost and lost else at.closed_ns if at else told.last_ns
    return replace(
        told,
        step=at and at.step,
        owner=at and at.owner,
        state=at and at.state,
        since_ns=since,
        basis=at and ("exact" if at.is_open and at.exact else "inferred"),
        stall=stall_of(at, is_lost=is_lost),
        lost_span=lost[1] if is_lost and lost else None,
    )


def stall_of(at: StepTold | None, *, is_lost: bool) -> str | None:
    """What a transaction would suffer from if nothing more came."""
    if at is not None and at.state == "waiting":
        return None
    if at is not None and at.state in {"compensating", "compensation_failed"}:
        return "compensation-stuck"
    if at is not None and at.state == "retrying" and at.attempts >= 3:
        return "retry-loop"
    if at is not None and at.is_open:
        return "step-overdue"
    return "handoff-lost" if is_lost else "never-ended"


def cut(records: Iterable[Record], as_of_ns: int) -> list[Record]:
    """The records as they stood at an instant: what had not begun is not there, what had not ended still runs."""
    return [_as_it_stood(record, as_of_ns) for record in records if record["at_ns"] <= as_of_ns]


def _as_it_stood(record: Record, as_of_ns: int) -> Record:
    until = record.get("until_ns")
    if until is None or until <= as_of_ns:
        return record
    before = {"completed": "started", "failed": "started", "timed_out": "started"}
    before |= {"compensated": "compensating", "compensation_failed": "compensating"}
    before |= {"txn_completed": "txn_started", "txn_failed": "txn_started"}
    phase = before.get(record["phase"], record["phase"])
    return {**record, "until_ns": None, "phase": phase, "error": None, "outcome": None, "status": "unset"}
