"""Finds templates of commands in saga definitions that no transaction could ever fill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tracer.analysis.commands import fault
from tracer.model.sagas import DeclaredSaga


def doubts(sagas: Iterable[DeclaredSaga]) -> Iterator[str]:
    """Tell each template that makes no command: where, of which step, and why."""
    for saga in sagas:
        for what, template in _templates(saga):
            problem = fault(template)
            if problem:
                yield f"{saga.where}: saga {saga.name}: {what}: no command will ever be advised: {problem}"


def _templates(saga: DeclaredSaga) -> Iterator[tuple[str, str]]:
    for step in saga.steps:
        if step.run is not None:
            yield f"step {step.name}: run", step.run
        if step.compensation is not None and step.compensation.run is not None:
            yield f"step {step.name}: compensation.run", step.compensation.run
