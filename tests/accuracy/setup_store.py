"""The two doors to what the store knows of sagas: what was declared, and what is learned."""

from __future__ import annotations

from collections.abc import Iterable

from tracer.store.keeper import Keeper


class NotWired(RuntimeError):
    """The store has no door for this yet; run with --mode bare to measure without definitions and learning."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: {self.__doc__}")


def declare(keeper: Keeper, definitions: Iterable[str]) -> None:
    """Declare the sagas of definition files, given as TOML texts.

    Intended: `tracer.config.definitions.parse_definitions(text, name=...) -> tuple[DeclaredSaga, ...]` of each, then
    `keeper.declare(sagas)` with all of them.
    """
    raise NotWired(f"declare {len(tuple(definitions))} definitions in {keeper!r}")


def learn_now(keeper: Keeper) -> None:
    """Learn from everything that was folded, and fold again, so that the answers rest on it.

    Intended: `while keeper.learn(): pass`, then `while keeper.fold(): pass`.
    """
    raise NotWired(f"learn in {keeper!r}")
