"""Writes what was learned of a saga as a definition in TOML, for its team to correct and to keep."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from tracer.analysis.learnoutline import Outline, outline
from tracer.model.duration import DAY_S, HOUR_S, MINUTE_S
from tracer.model.sagas import LearnedSaga, LearnedStep, LearnedUndo, StepKey, Timing
from tracer.model.text import clean
from tracer.model.words import Style

FEW: Final = 30  # of fewer transactions a deadline is only proposed, in a comment
ROOM: Final = 2.0  # a deadline is that much longer than what was seen
MAX_STEPS: Final = 100
OPTIONAL_BELOW: Final = 0.9
UNKNOWN_OWNER: Final = "unknown"
_ROUND: Final = (1, 2, 3, 5, 10, 15, 20, 30, 45)  # seconds and minutes
_ROUND_HOURS: Final = (1, 2, 3, 4, 6, 8, 12)
_ROUND_S: Final = (
    *_ROUND,
    *(one * MINUTE_S for one in _ROUND),
    *(one * HOUR_S for one in _ROUND_HOURS),
    *(one * DAY_S for one in (1, 2, 3, 5, 7, 10, 14, 21, 30)),
)
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def write_definition(learned: LearnedSaga, *, style: Style | None = None) -> str:
    """Write the definition file of a saga: it can be used as it is, and says how sure each part of it is.

    Names come from telemetry: they are quoted so that TOML reads them back and no terminal obeys them.
    """
    return "\n".join((*_head(learned, style), *_steps(learned), ""))


def _head(learned: LearnedSaga, style: Style | None) -> Iterator[str]:
    yield _comment(f"Learned from {_count(learned.samples)}. Correct what is not so; what is declared wins.")
    yield f"[saga.{_key(learned.saga)}]"
    if style is None:
        yield '# style = "choreography"                    # or "orchestration"'
    else:
        yield f"style = {_quoted(style)}"
    yield '# deadline = "15m"                          # of the whole transaction; history cannot say what is too late'
    if learned.says_end:
        yield "# Its records say the end of a transaction."
        return
    yield "# No record says the end of a transaction. Name those that do, if there are any:"
    yield "# completes = []"
    yield "# fails = []"
    for end in learned.ends:
        name = _named(end.key)
        yield _comment(f"After {name} nothing came in {end.n:.0f} of {_count(end.of)}: taken as {end.outcome}.")


def _steps(learned: LearnedSaga) -> Iterator[str]:
    drawn = outline(learned, MAX_STEPS)
    forward = {step.step: step for step in learned.steps if not step.compensates}
    if drawn.left_out:
        yield ""
        yield f"# {drawn.left_out} rarer steps are left out: do names of steps hold ids?"
    for name in drawn.order:
        yield ""
        yield from _step(learned, forward[name], drawn)


def _step(learned: LearnedSaga, step: LearnedStep, drawn: Outline) -> Iterator[str]:
    share = drawn.share.get(step.step)
    yield _comment(f"learned from {_count(step.n)}{_took(share)}{_troubles(step)}")
    yield f"[[saga.{_key(learned.saga)}.step]]"
    yield f"name = {_quoted(step.step)}"
    yield _owner(step.owner)
    after = drawn.after[step.step]
    if after:
        yield f"after = [{', '.join(map(_quoted, after))}]"
    yield from _deadline(step.timing)
    if step.waits:
        yield "waits = true"
    if share is not None and share < OPTIONAL_BELOW:
        yield "optional = true"
    if step.most_attempts > 1:
        yield f"retry = {{ max = {step.most_attempts - 1} }}"
    yield from _compensations(learned, step)


def _troubles(step: LearnedStep) -> str:
    failed = f"; failed in {step.failed:.0f}" if round(step.failed) else ""
    well = f", {step.retried_well:.0f} of them well in the end"
    return failed + (f"; tried again in {step.retried:.0f}{well}" if round(step.retried) else "")


def _owner(owner: str | None) -> str:
    return f"owner = {_quoted(owner)}" if owner else f"owner = {_quoted(UNKNOWN_OWNER)}  # no record names one"


def _deadline(timed: Timing | None) -> Iterator[str]:
    if timed is None:
        return
    if timed.limit_s is None:
        yield f"# no deadline: {_count(timed.censored)} of {timed.n:.0f} still open"
        return
    line = f"deadline = {_quoted(deadline_text(timed.limit_s * ROOM))}"
    yield line if timed.n >= FEW else f"# {line}  # from {_count(timed.n)} only"


def _compensations(learned: LearnedSaga, step: LearnedStep) -> Iterator[str]:
    """Write what undid the step mostly; the others are named in comments."""
    for at, undo in enumerate(one for one in learned.undos if one.undoes == step.step):
        seen = f"undid it in {undo.n:.0f} of {_count(undo.of)} that failed after it"
        if at:
            yield _comment(f"{undo.step} also {seen}")
            continue
        yield _comment(seen)
        yield f"compensation = {{ {_compensation(learned, undo, step)} }}"


def _compensation(learned: LearnedSaga, undo: LearnedUndo, undone: LearnedStep) -> str:
    key = StepKey(undo.step, undo.undoes)
    timed = next((one.timing for one in learned.steps if one.key == key), None)
    owner = undo.owner or undone.owner or UNKNOWN_OWNER
    parts = [f"step = {_quoted(undo.step)}", f"owner = {_quoted(owner)}"]
    if timed is not None and timed.limit_s is not None and timed.n >= FEW:
        parts.append(f"deadline = {_quoted(deadline_text(timed.limit_s * ROOM))}")
    return ", ".join(parts)


# --- words and numbers ----------------------------------------------------------------------------------------


def deadline_text(seconds: float) -> str:
    """Round a duration up to one that a person would have written, at least a second: 1s, 45s, 3m, 12h, 30d, 41d."""
    for rounded in _ROUND_S:
        if seconds <= rounded:
            return _duration(rounded)
    return f"{math.ceil(seconds / DAY_S)}d"


def _duration(seconds: int) -> str:
    for size, unit in ((DAY_S, "d"), (HOUR_S, "h"), (MINUTE_S, "m")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _count(n: float) -> str:
    whole = round(n)
    return f"{whole} transaction" if whole == 1 else f"{whole} transactions"


def _took(share: float | None) -> str:
    """Say a share with two digits, which are never rounded up to all."""
    if share is None:
        return ""
    hundredths = math.floor(share * 100 + 1e-6)
    if not hundredths:
        return "; hardly one that went well took this way"
    return f"; {'all' if hundredths >= 100 else hundredths / 100} took this way"  # noqa: PLR2004  of a hundred


def _named(key: StepKey) -> str:
    return f"{key.step} (undoes {key.compensates})" if key.compensates else key.step


def _comment(text: str) -> str:
    return f"# {clean(text)}"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    """Write a TOML string; what could control a terminal is written as its number, half a character is replaced."""
    return '"' + "".join(map(_escaped, _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text))) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if clean(character) == character else f"\\U{ord(character):08x}"
