"""What the names of events mean: steps by their stems, phases by their last words, beginnings and ends by place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tracer.exchange.suggest.ends import MOSTLY, OFTEN, Positions, failing_ends, good_end, positions
from tracer.exchange.suggest.vocabulary import BAD_ENDS, BEGINNINGS, GOOD_ENDS, PHASE_OF, words_of
from tracer.model.words import Outcome, Phase

_WORDS: Final = PHASE_OF.keys() | BEGINNINGS | GOOD_ENDS | BAD_ENDS
_ROOT: Final = 4  # letters in which reserved and reservation, shipped and shipment agree

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What an event says: of a step, or with a phase `txn_...` of the whole transaction."""

    step: str | None
    phase: Phase
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanings:
    """By the name of an event what it means, and the names that say nothing to us.

    `by_place` says which event was taken for the good end because of where it stands, with its counts;
    `failing` are failures of steps after which mostly nothing comes.
    """

    known: Mapping[str, Meaning]
    unknown: tuple[str, ...]
    noun: str
    by_place: str | None = None
    failing: tuple[str, ...] = ()


def meanings(histories: Sequence[Sequence[str]], noun: str) -> Meanings:
    """Read the names of events; `histories` has those of each transaction in order, `noun` is what it is called."""
    names = Counter(name for history in histories for name in history)
    first = Counter(history[0] for history in histories)
    last = Counter(history[-1] for history in histories)
    with_it = Counter(name for history in histories for name in set(history))
    split = {name: words for name in names if (words := words_of(name)) and words[-1] in _WORDS}
    called = tuple(noun.split("-")) if noun else _noun(split, first)
    known: dict[str, Meaning] = {}
    for name, words in split.items():
        whole = _whole(words, called, first[name] / with_it[name], last[name] / with_it[name])
        if whole is not None:
            known[name] = whole
        elif words[-1] in PHASE_OF:
            known[name] = Meaning(step=None, phase=PHASE_OF[words[-1]])
    of_steps = {name: split[name] for name, meaning in known.items() if not meaning.phase.startswith("txn_")}
    stems = _stems(of_steps)
    known |= {name: replace(known[name], step="-".join(stem)) for name, stem in stems.items()}
    known |= _of_the_whole(known, called)
    known |= _apart(known, histories)
    known |= _commands(names, of_steps, known)
    stands = positions(histories)
    end = None if _has_good_end(known) else _good_end(stands, known)
    if end is not None:
        known[end] = _ending(end, known.get(end), called)
    return Meanings(
        known=known,
        unknown=tuple(sorted(name for name in names if name not in known)),
        noun="-".join(called),
        by_place=None if end is None else f"{end}, last in {stands.last[end]:,} of {stands.total:,} transactions",
        failing=tuple(name for name in failing_ends(stands) if name not in known or known[name].outcome is None),
    )


def _has_good_end(known: Mapping[str, Meaning]) -> bool:
    return any(meaning.outcome == "completed" for meaning in known.values())


def _good_end(stands: Positions, known: Mapping[str, Meaning]) -> str | None:
    ended = sum(stands.last.get(name, 0) for name, meaning in known.items() if meaning.outcome is not None)
    return good_end(stands, ended)


def _ending(name: str, before: Meaning | None, called: Words) -> Meaning:
    """Let an event of another noun go on saying what became of its step."""
    if before is None or before.step is None or words_of(name)[:-1] == called:
        return Meaning(step=None, phase="txn_completed", outcome="completed")
    return replace(before, outcome="completed")


def _noun(split: Mapping[str, Words], first: Counter[str]) -> Words:
    """Call the transaction after the event that it mostly begins with."""
    name = max(split, key=lambda one: (first[one], one), default=None)
    return split[name][:-1] if name else ()


def _whole(words: Words, called: Words, first: float, last: float) -> Meaning | None:
    """Take an event for one of the whole transaction where it has its noun, and stands at its beginning or end."""
    end = words[-1]
    if words[:-1] != called:
        return None
    if end in BEGINNINGS and first >= MOSTLY:
        return Meaning(step=None, phase="txn_started")
    if end in GOOD_ENDS and last >= MOSTLY:
        return Meaning(step=None, phase="txn_completed", outcome="completed")
    if end in BAD_ENDS and last >= OFTEN:
        outcome: Outcome = "cancelled" if end.startswith("cancel") else "failed"
        return Meaning(step=None, phase="txn_failed", outcome=outcome)
    return None


def _stems(split: Mapping[str, Words]) -> dict[str, Words]:
    """Give each event its step: OrderReserved that of OrderReservationRequested."""
    stems = {words[:-1] for words in split.values() if len(words) > 1}
    return {name: _stem(words, stems) for name, words in split.items()}


def _stem(words: Words, stems: set[Words]) -> Words:
    rest, verb = words[:-1], words[-1]
    if not rest:
        return (verb,)
    longer = sorted(stem for stem in stems if stem[: len(rest)] == rest and len(stem) == len(rest) + 1)
    alike = [stem for stem in longer if stem[-1][:_ROOT] == verb[:_ROOT]]
    if alike:
        return alike[0]
    return longer[0] if len(longer) == 1 and PHASE_OF[verb] in {"failed", "compensated", "timed_out"} else rest


def _of_the_whole(known: Mapping[str, Meaning], called: Words) -> dict[str, Meaning]:
    """Call the step of OrderDelivered order-delivered: of an order, order says nothing."""
    own = "-".join(called)
    alone = [name for name, one in known.items() if one.step == own and one.phase == "completed"]
    return {name: replace(known[name], step="-".join(words_of(name))) for name in alone}


def _apart(known: Mapping[str, Meaning], histories: Sequence[Sequence[str]]) -> dict[str, Meaning]:
    """Tell steps apart that have one stem: PaymentAuthorized and PaymentCaptured in one transaction are two."""
    done: dict[str, list[str]] = {}
    for name, meaning in known.items():
        if meaning.step is not None and meaning.phase == "completed":
            done.setdefault(meaning.step, []).append(name)
    changed: dict[str, Meaning] = {}
    for step, names in done.items():
        if len(names) > 1 and any(len(set(names) & set(history)) > 1 for history in histories):
            changed |= {name: replace(known[name], step=f"{step}-{words_of(name)[-1]}") for name in names}
    return changed


def _commands(names: Counter[str], split: Mapping[str, Words], known: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """Take ReserveInventory for the command of the step whose event is InventoryReserved."""
    found: dict[str, Meaning] = {}
    for name in names:
        verb, *rest = words_of(name) or ("",)
        if name in known or not rest:
            continue
        for event, words in split.items():
            if tuple(rest) == words[:-1] and verb[:_ROOT] == words[-1][:_ROOT]:
                found[name] = Meaning(step=known[event].step, phase="command")
    return found
