"""Each saga as its team would declare it, in the TOML of a saga definition."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from tests.accuracy.shapes import Z_99, Saga, Step, before

_ROUND_S: Final = (30, 60, 120, 300, 600, 900, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 24 * 3600)
_GENEROUS: Final = 4.0


def definition(saga: Saga) -> str:
    """Write the definition file of a saga."""
    head = [f"[saga.{saga.name}]", f'style = "{"orchestration" if saga.orchestrated else "choreography"}"']
    head += ['amount = "$.total"', f'runbook_url = "https://runbooks.example/{saga.name}"']
    steps = ["\n".join(_step(saga, step, after, is_optional)) for step, after, is_optional in before(saga.flow)]
    return "\n\n".join(["\n".join(head), *steps]) + "\n"


def deadline_s(step: Step) -> int:
    """Give the deadline that a team would choose: a round time, some times what the step takes at most."""
    if step.deadline_s:
        return int(step.deadline_s)
    return next(limit for limit in _ROUND_S if limit >= _GENEROUS * step.longest_s(Z_99))


def _step(saga: Saga, step: Step, after: tuple[str, ...], is_optional: bool) -> Iterator[str]:  # noqa: FBT001 - as `before` gives it
    yield f"[[saga.{saga.name}.step]]"
    yield f'name = "{step.name}"'
    yield f'owner = "{step.owner}"'
    yield f"after = {json.dumps(after)}"
    if saga.telemetry.names_only:
        yield f'completes = ["{step.done}"]'
        if step.refused:
            yield f'fails = ["{step.refused}"]'
    yield f'deadline = "{deadline_s(step)}s"'
    if step.waits:
        yield "waits = true"
    if is_optional:
        yield "optional = true"
    if step.tries_again:
        yield f'retry = {{ max = {step.retry_max}, backoff = "{step.backoff_s:g}s" }}'
        yield "idempotent = true"
    if step.pivot:
        yield "pivot = true"
    yield from _compensation(saga, step)


def _compensation(saga: Saga, step: Step) -> Iterator[str]:
    undo = step.undo
    if undo is None:
        return
    completes = f', completes = ["{undo.event}"]' if saga.telemetry.names_only else ""
    run = f"sagactl undo {step.name} --customer {{customer_id}}"
    yield f'compensation = {{ step = "{undo.name}", owner = "{undo.owner}"{completes}, run = "{run}" }}'
