"""Learning from finished transactions: SQL counts, a pure function draws what follows, and it is looked at again.

Of sagas whose records say the end, what ended since the last time is added to what is kept, of which older things
count less and less. Of sagas that only fall silent the most recent transactions are counted anew each time: what
fell silent may go on, and then no longer counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Protocol

import msgspec

from tracer.clock import NS_PER_S
from tracer.model.counts import StepFact, TimeCount, VariantCount
from tracer.model.sagas import LearnedSaga, Mark, StepKey
from tracer.model.words import Outcome
from tracer.store.judging import Mind, judge_anew
from tracer.store.knowledge import known_of
from tracer.store.session import Row, Session, Values

MAX_SLICE: Final = 50_000
MAX_TIMED: Final = 10_000
MAX_SILENT: Final = 2_000
MAX_RECENT: Final = 200_000
HALF_LIFE_S: Final = 7 * 86_400.0
FADE_EVERY_S: Final = 3_600.0
SILENT_EVERY_S: Final = 120.0
SETTLE_S: Final = 10.0
_EVER_NS: Final = -(1 << 63)


class Teacher(Protocol):
    """Draws from counts what they show of a saga; pure."""

    def __call__(
        self,
        saga: str,
        variants: Iterable[VariantCount],
        times: Iterable[TimeCount],
        facts: Iterable[StepFact],
    ) -> LearnedSaga:
        """Learn one saga."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """How learning goes: by whom, and when a transaction that says nothing counts as silent."""

    teacher: Teacher
    quiet_s: float


class _Counts(NamedTuple):
    """Rows as the statements give them."""

    courses: Sequence[tuple[str, Outcome | None, float]]
    times: Sequence[tuple[int | None, int, int, float]]
    facts: Sequence[tuple[str, str, str | None, float, float, float, float, int, bool, bool]]


_NONE: Final = _Counts((), (), ())


def learn(session: Session, lessons: Lessons, mind: Mind, *, now_ns: int) -> bool:
    """Take in one slice of what has ended, or draw one saga's conclusions; whether more is to be done at once."""
    settled = {"after": _recent(session), "before": now_ns - int(SETTLE_S * NS_PER_S)}
    bounds = {"most": MAX_SLICE, "settled": session.value("learn_settled", settled)}
    upto, more = session.row("learn_slice", bounds) or (None, False)
    if upto is not None:
        _take_in(session, upto)
        if more:
            return True
    _fade(session, now_ns)
    news = [saga for (saga,) in session.rows("learn_new")]
    if news:
        _conclude(session, lessons, mind, news[0], now_ns)
        return True
    return _learn_silent(session, lessons, mind, now_ns)


def _take_in(session: Session, upto: int) -> None:
    session.run("learn_ended", {"upto": upto})
    _mark(session)
    every = _every(session)
    for name in ("course", "course_time", "course_fact"):
        kind = {"course": "courses", "course_time": "times", "course_fact": "facts"}[name]
        session.run(f"learn_add_{kind}", {"every": every} if kind == "times" else None)
        session.run(f"learn_drop_{name}")
        session.run(f"learn_keep_{name}")
    session.run("learn_told")
    session.run("learn_taken")
    session.run("learn_done", {"upto": upto})


def _mark(session: Session) -> None:
    """Make the marks and what happened in each of the transactions in `touched`."""
    session.run("steps_again")
    session.run("states")
    session.run("learn_delays", {"after": _recent(session)})
    for name in ("learn_marks", "learn_names", "learn_tokens"):
        session.run(name)


def _recent(session: Session) -> int:
    """Give the record after which those lie that are looked through for what changes slowly."""
    return int(session.value("append_last") or 0) - MAX_RECENT


def _every(session: Session) -> int:
    """Say of which share of the transactions at hand durations are taken, where there are very many."""
    count = int(session.value("learn_count") or 0)
    return max(1, count // MAX_TIMED)


def _fade(session: Session, now_ns: int) -> None:
    """Let what was learned long ago count less: half after a week."""
    faded_ns = session.value("learn_faded")
    age_s = (now_ns - faded_ns) / NS_PER_S
    if age_s < FADE_EVERY_S:
        return
    if faded_ns:
        share = 0.5 ** (age_s / HALF_LIFE_S)
        for name in ("course", "course_time", "course_fact"):
            session.run(f"learn_fade_{name}", {"share": share})
    for name in ("learn_taken_clear", "learn_names_clear"):
        session.run(name)
    session.run("learn_fade", {"now": now_ns})


def _learn_silent(session: Session, lessons: Lessons, mind: Mind, now_ns: int) -> bool:
    """Learn one of the sagas whose transactions do not say that they are over, where that is due."""
    quiet_before = now_ns - int(lessons.quiet_s * NS_PER_S)
    before = now_ns - int(SILENT_EVERY_S * NS_PER_S)
    due = [saga for (saga,) in session.rows("learn_silent_due", {"quiet_before": quiet_before, "before": before})]
    if not due:
        return False
    _conclude(session, lessons, mind, due[0], now_ns)
    return True


def _conclude(session: Session, lessons: Lessons, mind: Mind, saga: str, now_ns: int) -> None:
    """Draw a saga's conclusions, and have looked at again what they change."""
    asked = {"saga": saga, "quiet_before": now_ns - int(lessons.quiet_s * NS_PER_S)}
    is_silent = bool(session.value("learn_is_silent", asked))
    kept, silent = _kept(session, saga), _silent(session, asked) if is_silent else _NONE
    open_since = {**asked, "quiet_before": asked["quiet_before"] if is_silent else _EVER_NS}
    opened = session.rows("learn_open", {**open_since, "now": now_ns})
    names = {no: Mark(step, undone, word) for no, step, undone, word in session.rows("learn_course_names")}
    learned = lessons.teacher(
        saga,
        [*_variants(kept, names), *_variants(silent, names)],
        [*_times(kept, names), *_times(silent, names), *_open_times(opened, kept, silent, names)],
        [*_facts(kept), *_facts(silent)],
    )
    before = known_of(session, saga)
    closer = session.value("learn_closer", {"saga": saga, "after": _recent(session)})
    if closer is None and before and before.learned:
        closer = before.learned.closer
    learned = replace(learned, closer=closer)
    session.run("learn_new_clear", {"saga": saga})
    session.run("learned_drop", {"saga": saga})
    body = msgspec.json.encode(learned).decode()
    session.run("learned_keep", {"saga": saga, "body": body, "now": now_ns})
    mind.forget()
    judge_anew(session, mind, saga)


def _kept(session: Session, saga: str) -> _Counts:
    asked = {"saga": saga}
    return _Counts(*(session.rows(f"learn_kept_{kind}", asked) for kind in _Counts._fields))


def _silent(session: Session, asked: Values) -> _Counts:
    """Count the transactions of a saga that fell silent without a word."""
    session.run("learn_silent", {**asked, "most": MAX_SILENT})
    _mark(session)
    courses, facts = session.rows("learn_now_courses"), session.rows("learn_now_facts")
    return _Counts(courses, session.rows("learn_now_times", {"every": 1}), facts)


def _variants(counts: _Counts, names: Mapping[int, Mark]) -> Iterator[VariantCount]:
    for course, outcome, n in counts.courses:
        marks, overlaps = read_course(course, names)
        yield VariantCount(marks=marks, overlaps=overlaps, outcome=outcome, n=n)


def read_course(course: str, names: Mapping[int, Mark]) -> tuple[tuple[Mark, ...], tuple[tuple[int, int], ...]]:
    """Read a course as `learn_courses.sql` writes it: its marks in order, and which ran at the same time."""
    marks: list[Mark] = []
    running: dict[int, int] = {}
    overlaps: list[tuple[int, int]] = []
    for token in course.split():
        kind, no = token[0], int(token[1:])
        if kind == "e":
            running.pop(no, None)
            continue
        at = len(marks)
        marks.append(names[no])
        overlaps += [(before, at) for before in running.values()]
        if kind == "b":
            running[no] = at
    return tuple(marks), tuple(overlaps)


def _times(counts: _Counts, names: Mapping[int, Mark]) -> Iterator[TimeCount]:
    for before, after, bucket, n in counts.times:
        if before is None:
            yield TimeCount(kind="step", after=names[after].key, bucket=bucket, n=n)
        else:
            yield TimeCount(kind="handoff", before=names[before].key, after=names[after].key, bucket=bucket, n=n)


def _facts(counts: _Counts) -> Iterator[StepFact]:
    for step, compensates, owner, n, retried, well, failed, most, waits, announces in counts.facts:
        yield StepFact(
            key=StepKey(step, compensates),
            owner=owner,
            n=n,
            retried=retried,
            retried_well=well,
            failed=failed,
            most_attempts=most,
            waits=waits,
            announces=announces,
        )


def _open_times(
    opened: Iterable[Row], kept: _Counts, silent: _Counts, names: Mapping[int, Mark]
) -> Iterator[TimeCount]:
    """Count what is still open as what has lasted at least so long; before a step that did not begin, by where from."""
    ways = _ways(kept, silent, names)
    for step, has_begun, bucket, n in opened:
        key = StepKey(step)
        if has_begun:
            yield TimeCount(kind="step", after=key, bucket=bucket, n=n, censored=True)
            continue
        reached = ways.get(key, {})
        total = sum(reached.values())
        for before, share in reached.items():
            one = n * share / total
            yield TimeCount(kind="handoff", before=before, after=key, bucket=bucket, n=one, censored=True)


def _ways(kept: _Counts, silent: _Counts, names: Mapping[int, Mark]) -> Mapping[StepKey, Mapping[StepKey, float]]:
    """Give for each step those that ended before it, with how often."""
    reached: dict[StepKey, dict[StepKey, float]] = {}
    for before, after, _, n in (*kept.times, *silent.times):
        if before is not None:
            ways = reached.setdefault(names[after].key, {})
            ways[names[before].key] = ways.get(names[before].key, 0.0) + n
    return reached
