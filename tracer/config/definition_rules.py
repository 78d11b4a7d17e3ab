"""What must hold inside one saga, and what should be told about several.

Each rule is a generator of what is wrong: the key below [saga.NAME], and the problem with its fix.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, combinations
from typing import Final

from tracer.config.definition_order import known_after, no_cycle, past_a_pivot
from tracer.config.definition_places import Wrong, names, pattern_lists, patterns, steps, templates, undos
from tracer.config.sources import KeyPath
from tracer.model.sagas import DeclaredSaga, Pattern
from tracer.model.text import clean

MAX_STEPS: Final = 128
MAX_PATTERNS: Final = 128
MAX_NAME_CHARS: Final = 256
MAX_TEMPLATE_CHARS: Final = 4096
MAX_DURATION_S: Final = 10 * 366 * 86_400.0
SHOWN_NAMES: Final = 3


def first_wrong(saga: DeclaredSaga) -> Wrong | None:
    """Give the first thing that is wrong in a saga: the key below its table, and the problem."""
    return next(chain.from_iterable(rule(saga) for rule in _RULES), None)


def alike(sagas: Sequence[DeclaredSaga]) -> tuple[str, ...]:
    """Warn of pairs of sagas that are found by the same names, narrowed alike."""
    found = [(saga, {pattern for _, pattern in patterns(saga)}) for saga in sagas]
    pairs = ((one, other, mine & others) for (one, mine), (other, others) in combinations(found, 2))
    return tuple(_alike(one, other, sorted({each.name for each in both})) for one, other, both in pairs if both)


def _alike(one: DeclaredSaga, other: DeclaredSaga, both: Sequence[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in both[:SHOWN_NAMES])
    more = f" and {len(both) - SHOWN_NAMES} more" if len(both) > SHOWN_NAMES else ""
    return (
        f"{other.where}: [saga.{other.name}]: {shown}{more} stand in [saga.{one.name}] ({one.where}) too: "
        f"records that carry no saga.name cannot be told apart; narrow the names with where"
    )


def _sizes(saga: DeclaredSaga) -> Iterator[Wrong]:
    if not saga.steps:
        yield (), f"has no steps: add at least one [[saga.{saga.name}.step]] with name and owner"
    if len(saga.steps) > MAX_STEPS:
        yield ("step", str(MAX_STEPS)), f"a saga has at most {MAX_STEPS} steps: part it into two sagas"
    for at, listed in pattern_lists(saga):
        if len(listed) > MAX_PATTERNS:
            yield at, f"a list has at most {MAX_PATTERNS} names"


def _texts(saga: DeclaredSaga) -> Iterator[Wrong]:
    for at, text in names(saga):
        yield from ((at, problem) for problem in _text_problems(text, MAX_NAME_CHARS))
    for at, text in templates(saga):
        yield from ((at, problem) for problem in _text_problems(text, MAX_TEMPLATE_CHARS))


def _text_problems(text: str | None, limit: int) -> Iterator[str]:
    if text is None:
        return
    if not text.strip():
        yield "is empty: write a text, or leave it out where it is not required"
    if len(text) > limit:
        yield f"has {len(text)} characters: write at most {limit}"
    if clean(text, limit) != text:
        yield f'"{clean(text)}" has control characters: write it in one line, without them'


def _durations(saga: DeclaredSaga) -> Iterator[Wrong]:
    yield from _duration(("deadline",), saga.deadline_s)
    for at, step in steps(saga):
        yield from _duration((*at, "deadline"), step.deadline_s)
        yield from _duration((*at, "retry", "backoff"), step.backoff_s, none_at_all=True)
    for at, undo in undos(saga):
        yield from _duration((*at, "deadline"), undo.deadline_s)


def _duration(at: KeyPath, seconds: float | None, *, none_at_all: bool = False) -> Iterator[Wrong]:
    if seconds is None:
        return
    if seconds == 0 and not none_at_all:
        yield at, "a deadline is longer than nothing: leave it out for none"
    if seconds > MAX_DURATION_S:
        yield at, f"is longer than {MAX_DURATION_S / 86_400:.0f} days: write a shorter one, or leave it out"


def _template_forms(saga: DeclaredSaga) -> Iterator[Wrong]:
    for at, text in templates(saga):
        if text is None:
            continue
        if not _is_closed(text):
            yield at, f'"{text}": braces do not close: write a value as {{path}}, like {{transaction_id}}'
        if at[-1] != "run" and not text.startswith(("http://", "https://")):
            yield at, f'"{text}": write a URL, like "https://traces.example/{{trace_id}}"'


def _is_closed(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0


def _distinct_steps(saga: DeclaredSaga) -> Iterator[Wrong]:
    counts = Counter(step.name for step in saga.steps)
    seen = set()
    for at, step in steps(saga):
        if step.name in seen:
            yield (*at, "name"), f'"{step.name}" is the name of {counts[step.name]} steps: give each its own'
        seen.add(step.name)
    for at, undo in undos(saga):
        if undo.step in counts:
            problem = f'"{undo.step}" is a step of this saga as well: give the compensation a name of its own'
            yield (*at, "step"), problem


def _told_apart(saga: DeclaredSaga) -> Iterator[Wrong]:
    seen: dict[Pattern, KeyPath] = {}
    for at, pattern in patterns(saga):
        if pattern in seen:
            problem = f'"{pattern.name}" stands in {_place(saga, seen[pattern])} and in {_place(saga, at)}'
            yield at, f"{problem}, so a record of that name is ambiguous: keep one, or narrow both with where"
        seen.setdefault(pattern, at)


def _place(saga: DeclaredSaga, at: KeyPath) -> str:
    if at[0] != "step":
        return f"{at[0]} of the saga"
    undoes = "the compensation of " if "compensation" in at[:3] else ""
    return f'{at[-2]} of {undoes}step "{saga.steps[int(at[1])].name}"'


_RULES: Final[tuple[Callable[[DeclaredSaga], Iterator[Wrong]], ...]] = (
    _sizes,
    _texts,
    _durations,
    _template_forms,
    _distinct_steps,
    known_after,
    no_cycle,
    past_a_pivot,
    _told_apart,
)
