"""The graph of a saga: what is declared, what was learned, and where its open transactions stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from tracer.clock import to_datetime
from tracer.errors import NotFound
from tracer.model.sagas import DeclaredSaga, LearnedHandoff, LearnedSaga, LearnedStep, StepKey
from tracer.model.words import Outcome
from tracer.store.knowledge import Known, knowledge
from tracer.store.session import Session
from tracer.views import Flow, FlowEdge, FlowNode

Edge = tuple[StepKey | None, StepKey | None]
_NOBODY: Final = StepKey("")


class _Here(NamedTuple):
    """How many open transactions stand at a step."""

    owner: str | None = None
    open: int = 0
    stuck: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """How many transactions ended after a step, and how."""

    key: StepKey
    outcome: Outcome | None
    n: float


def saga_flow(session: Session, saga: str, *, now_ns: int) -> Flow:
    """The graph of one saga as of `now_ns`. Raises NotFound, with the nearest names, where there is no such saga."""
    known = knowledge(session).get(saga, Known())
    is_seen = session.value("flow_seen", {"saga": saga})
    if not is_seen and known.declared is None and known.learned is None:
        nearest = tuple(row[0] for row in session.rows("saga_names", {"saga": saga}))
        raise NotFound(f"no saga {saga}", nearest=nearest)
    rows = session.rows("flow_open", {"saga": saga, "now": now_ns})
    here = {StepKey(step, compensates): _Here(*counts) for step, compensates, *counts in rows}
    return Flow(
        saga=saga,
        samples=known.learned.samples if known.learned else 0.0,
        nodes=_nodes(known, here),
        edges=_edges(known),
        as_of=to_datetime(now_ns),
    )


# --- nodes ----------------------------------------------------------------------------------------------------


def _nodes(known: Known, here: Mapping[StepKey, _Here]) -> tuple[FlowNode, ...]:
    """Give each step that is declared, was learned, or where a transaction stands; declared ones in their order."""
    declared = dict(_declared_owners(known.declared))
    learned = {one.key: one for one in known.learned.steps} if known.learned else {}
    keys = dict.fromkeys((*declared, *learned, *here))
    return tuple(
        _node(
            key,
            declared.get(key),
            learned.get(key),
            here.get(key, _Here()),
            basis="declared" if key in declared else "learned",
        )
        for key in keys
    )


def _declared_owners(saga: DeclaredSaga | None) -> Iterator[tuple[StepKey, str]]:
    for step in saga.steps if saga else ():
        yield StepKey(step.name), step.owner
    for step in saga.steps if saga else ():
        if step.compensation:
            yield StepKey(step.compensation.step, step.name), step.compensation.owner


def _node(
    key: StepKey, owner: str | None, learned: LearnedStep | None, here: _Here, *, basis: Literal["declared", "learned"]
) -> FlowNode:
    timing = learned.timing if learned else None
    return FlowNode(
        step=key.step,
        compensates=key.compensates or None,
        owner=owner or (learned.owner if learned else None) or here.owner,
        n=learned.n if learned else 0.0,
        p50_s=timing.p50_s if timing else None,
        p95_s=timing.p95_s if timing else None,
        retried=learned.retried if learned else 0.0,
        failed=learned.failed if learned else 0.0,
        open=here.open,
        stuck=here.stuck,
        basis=basis,
    )


# --- edges ----------------------------------------------------------------------------------------------------


def _edges(known: Known) -> tuple[FlowEdge, ...]:
    """Give what was learned, with the word "declared" where it is that too, and what is only declared."""
    declared = dict.fromkeys(_declared_edges(known.declared))
    learned = {(one.before, one.after): one for one in known.learned.handoffs} if known.learned else {}
    ends = tuple(_learned_ends(known.learned)) if known.learned else ()
    taken = tuple(_learned_edge(one, is_declared=edge in declared) for edge, one in learned.items())
    only = tuple(_declared_edge(edge) for edge in declared if edge not in learned and not (ends and edge[1] is None))
    return (*taken, *only, *_end_edges(ends, known.learned))


def _declared_edges(saga: DeclaredSaga | None) -> Iterator[Edge]:
    """Give the edges of `after`, from the beginning and to the end, and from each step to what undoes it."""
    steps = saga.steps if saga else ()
    followed = {name for step in steps for name in step.after}
    for step in steps:
        for name in step.after:
            yield StepKey(name), StepKey(step.name)
        if not step.after:
            yield None, StepKey(step.name)
        if step.compensation:
            yield StepKey(step.name), StepKey(step.compensation.step, step.name)
        if step.name not in followed:
            yield StepKey(step.name), None


def _learned_edge(one: LearnedHandoff, *, is_declared: bool) -> FlowEdge:
    before = one.before or _NOBODY
    return FlowEdge(
        before=before.step or None,
        before_compensates=before.compensates or None,
        after=one.after.step,
        after_compensates=one.after.compensates or None,
        n=one.n,
        share=one.share,
        p50_s=one.timing.p50_s if one.timing else None,
        p95_s=one.timing.p95_s if one.timing else None,
        outcome=None,
        basis="declared" if is_declared else "learned",
    )


def _declared_edge(edge: Edge) -> FlowEdge:
    before, after = edge[0] or _NOBODY, edge[1] or _NOBODY
    return FlowEdge(
        before=before.step or None,
        before_compensates=before.compensates or None,
        after=after.step or None,
        after_compensates=after.compensates or None,
        n=0.0,
        share=None,
        p50_s=None,
        p95_s=None,
        outcome="completed" if edge[1] is None else None,
        basis="declared",
    )


def _learned_ends(saga: LearnedSaga) -> Iterator[_End]:
    """Give the last steps of the variants; where no record said an outcome, the one that such an end has."""
    known = {end.key: end.outcome for end in saga.ends}
    for variant in saga.variants:
        if variant.marks:
            key = variant.marks[-1].key
            yield _End(key=key, outcome=variant.outcome or known.get(key), n=variant.n)


def _end_edges(ends: Iterable[_End], saga: LearnedSaga | None) -> Iterator[FlowEdge]:
    sums: dict[tuple[StepKey, Outcome | None], float] = defaultdict(float)
    for end in ends:
        sums[end.key, end.outcome] += end.n
    passed = {one.key: one.n for one in saga.steps} if saga else {}
    for (key, outcome), n in sums.items():
        yield FlowEdge(
            before=key.step,
            before_compensates=key.compensates or None,
            after=None,
            after_compensates=None,
            n=n,
            share=min(1.0, n / passed[key]) if passed.get(key) else None,
            p50_s=None,
            p95_s=None,
            outcome=outcome,
            basis="learned",
        )
