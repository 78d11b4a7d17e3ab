"""What is known of each saga, as the store keeps it: definitions and what was learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from tracer.model.sagas import DeclaredSaga, LearnedSaga
from tracer.store.session import Session

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of one saga."""

    declared: DeclaredSaga | None = None
    learned: LearnedSaga | None = None


def knowledge(session: Session) -> Mapping[str, Known]:
    """Read what is known, by the name of the saga."""
    return {
        saga: Known(declared=_decoded(declared, DeclaredSaga), learned=_decoded(learned, LearnedSaga))
        for saga, declared, learned, _ in session.rows("knowledge")
    }


def known_of(session: Session, saga: str | None) -> Known | None:
    """Read what is known of one saga, or of those without a name; None where nothing is."""
    row = session.row("knowledge_of", {"saga": saga or ""})
    if row is None:
        return None
    return Known(declared=_decoded(row[0], DeclaredSaga), learned=_decoded(row[1], LearnedSaga))


def _decoded(body: str | None, kind: type[T]) -> T | None:
    return None if body is None else msgspec.json.decode(body, type=kind)
