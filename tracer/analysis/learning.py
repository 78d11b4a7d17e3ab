"""What history shows of a saga, from counts: a pure function, and one that does not care for the order of its rows.

Counts are of courses that many transactions shared, and of durations in buckets, so the work depends on how many ways
a saga knows, never on how many transactions took them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tracer.analysis.learncourses import ENDED, Course, finished, in_order, order_of, says_end, weight
from tracer.analysis.learnends import ends, undos
from tracer.analysis.survival import Observed, timing
from tracer.model.counts import LearnOptions, StepFact, TimeCount, VariantCount
from tracer.model.sagas import LearnedHandoff, LearnedSaga, LearnedStep, Mark, StepKey, Timing, Variant
from tracer.model.words import Outcome

__all__ = ["LearnOptions", "StepFact", "TimeCount", "VariantCount", "learn"]

Way = tuple[StepKey | None, StepKey]


def learn(
    saga: str,
    variants: Iterable[VariantCount],
    times: Iterable[TimeCount],
    facts: Iterable[StepFact],
    options: LearnOptions,
) -> LearnedSaga:
    """Learn a saga from its finished transactions; durations also from those that are still open.

    Steps come sorted by key, handoffs by their two keys, variants and ends by weight, undos by what they undo.
    """
    counted = in_order(variants)
    is_said = says_end(counted)
    usable = finished(counted)
    order = order_of(usable)
    courses = [Course(one, order) for one in usable]
    clocks = _clocks(times, options.quantile)
    steps = _steps(facts, usable, clocks)
    return LearnedSaga(
        saga=saga,
        samples=weight(usable),
        says_end=is_said,
        steps=steps,
        handoffs=_handoffs(courses, clocks),
        variants=_heaviest(usable, options.max_variants),
        undos=undos(courses, {step.key: step.owner for step in steps}),
        ends=() if is_said else ends(courses, options.min_samples),
        concurrent=tuple(sorted(order.concurrent)),
    )


def _clocks(times: Iterable[TimeCount], quantile: float) -> dict[tuple[str, Way], Timing]:
    observed: defaultdict[tuple[str, Way], list[Observed]] = defaultdict(list)
    for one in times:
        observed[one.kind, (one.before, one.after)].append(Observed(one.bucket, one.n, one.censored))
    return {key: timing(seen, quantile) for key, seen in observed.items()}


def _heaviest(variants: Iterable[VariantCount], limit: int) -> tuple[Variant, ...]:
    """Add up what differs in overlaps and attempts alone: the number of tries is not part of the course."""
    summed: defaultdict[tuple[tuple[Mark, ...], Outcome | None], float] = defaultdict(float)
    for one in variants:
        summed[tuple(mark._replace(attempts=1) for mark in one.marks), one.outcome] += one.n
    found = (Variant(marks=marks, n=n, outcome=outcome) for (marks, outcome), n in summed.items())
    return tuple(sorted(found, key=lambda one: (-one.n, one.marks, one.outcome or ""))[:limit])


# --- steps ----------------------------------------------------------------------------------------------------


def _steps(
    facts: Iterable[StepFact], variants: Sequence[VariantCount], clocks: Mapping[tuple[str, Way], Timing]
) -> tuple[LearnedStep, ...]:
    told: defaultdict[StepKey, list[StepFact]] = defaultdict(list)
    for fact in sorted((one for one in facts if one.n > 0), key=_fact_order):
        told[fact.key].append(fact)
    seen: defaultdict[StepKey, float] = defaultdict(float)
    for one in variants:
        for mark in one.marks:
            seen[mark.key] += one.n
    for key in seen.keys() - told.keys():
        told[key].append(StepFact(key=key, owner=None, n=seen[key]))
    return tuple(_step(key, told[key], clocks.get(("step", (None, key)))) for key in sorted(told))


def _fact_order(fact: StepFact) -> tuple[float, str, float, float, float]:
    """The heaviest first, because it names the owner."""
    return (-fact.n, fact.owner or "", fact.retried, fact.retried_well, fact.failed)


def _step(key: StepKey, facts: Sequence[StepFact], timed: Timing | None) -> LearnedStep:
    n = sum(fact.n for fact in facts)
    return LearnedStep(
        step=key.step,
        compensates=key.compensates,
        owner=next((fact.owner for fact in facts if fact.owner), None),
        n=n,
        retried=sum(fact.retried for fact in facts),
        retried_well=sum(fact.retried_well for fact in facts),
        failed=sum(fact.failed for fact in facts),
        most_attempts=max(fact.most_attempts for fact in facts),
        waits=sum(fact.n for fact in facts if fact.waits) * 2 >= n,
        announces=any(fact.announces for fact in facts),
        timing=timed,
    )


# --- handoffs -------------------------------------------------------------------------------------------------


def _handoffs(courses: Iterable[Course], clocks: Mapping[tuple[str, Way], Timing]) -> tuple[LearnedHandoff, ...]:
    """Give who hands over to whom.

    A step begins after all steps that lie directly before it: where branches join, each of them hands over. So the
    shares after a fork of parallel branches are each near 1, and those after a choice add up to 1. A step hands over
    after it completed or after it failed; the share is of those that ended it as it mostly does before the next one.
    """
    went: defaultdict[tuple[Way, str], float] = defaultdict(float)
    ended: defaultdict[tuple[StepKey | None, str], float] = defaultdict(float)
    for course in courses:
        ended[None, ""] += course.n
        for at, mark in enumerate(course.marks):
            ended[mark.key, mark.word] += course.n
            for way, word in _ways(course, at):
                went[way, word] += course.n
    words: defaultdict[Way, dict[str, float]] = defaultdict(dict)
    for (way, word), n in went.items():
        words[way][word] = n
    found = (_handoff(way, by_word, ended, clocks.get(("handoff", way))) for way, by_word in words.items())
    return tuple(sorted(found, key=lambda one: (one.before is not None, one.before or one.after, one.after)))


def _ways(course: Course, at: int) -> Iterable[tuple[Way, str]]:
    key, causes = course.marks[at].key, course.causes(at)
    if not causes:
        yield (None, key), ""
    for cause in causes:
        before = course.marks[cause]
        if before.word in ENDED:
            yield (before.key, key), before.word


def _handoff(
    way: Way, by_word: Mapping[str, float], ended: Mapping[tuple[StepKey | None, str], float], timed: Timing | None
) -> LearnedHandoff:
    before, after = way
    word = max(sorted(by_word), key=lambda one: by_word[one])
    return LearnedHandoff(
        before=before,
        after=after,
        n=sum(by_word[one] for one in sorted(by_word)),
        share=by_word[word] / ended[before, word],
        timing=timed,
    )
