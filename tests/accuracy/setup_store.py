"""The two doors to what the store knows of sagas: what was declared, and what is learned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tracer.app.limits import judge_of, lessons_of
from tracer.clock import Clock
from tracer.config.definitions import parse_definitions
from tracer.config.settings import StallSettings
from tracer.store.keeper import Keeper
from tracer.store.store import Store

SETTINGS: Final = StallSettings()


def keeper_of(store: Store, clock: Clock) -> Keeper:
    """Give a keeper that judges and learns as a sidecar's does without a configuration."""
    return Keeper(store=store, clock=clock, judge=judge_of(SETTINGS), lessons=lessons_of(SETTINGS))


def declare(keeper: Keeper, definitions: Iterable[str]) -> None:
    """Declare the sagas of definition files, given as TOML texts."""
    sagas = [saga for text in definitions for saga in parse_definitions(text, name="corpus.toml")]
    keeper.declare(sagas)


def learn_now(keeper: Keeper) -> None:
    """Learn from everything that was folded, and fold again, so that the answers rest on it."""
    while keeper.learn():
        pass
    while keeper.fold():
        pass
