"""Why a transaction counts as stuck, in one sentence for a tired person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tracer.model.duration import spell, spell_finely
from tracer.model.sagas import Basis
from tracer.model.words import StallKind, StepState


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of the place where a transaction stands.

    `undoes` is the step that a compensation undoes; `handoff` the destination of a message that nobody was
    seen to take; `is_exact` whether the participants tell when they begin; `message` a sentence on the place of the
    last message and who has read it, or nothing; `is_message_sent` whether that is the message that was handed off.
    `after` are the steps after which an expected one did not begin, the latest first: name, owner, whether it failed.
    `limit_basis` and `limit_n` say where the threshold comes from, `expected_s` what is usual, `whole_s` the deadline
    of the whole transaction where that is what has passed.
    """

    kind: StallKind
    step: str | None
    owner: str | None
    state: StepState | None
    stuck_s: float
    threshold_s: float
    attempts: int
    error: str | None
    undoes: str | None
    handoff: str | None
    is_exact: bool
    message: str = ""
    is_message_sent: bool = False
    after: tuple[tuple[str, str | None, bool], ...] = ()
    limit_basis: Basis = "default"
    limit_n: float = 0.0
    expected_s: float | None = None
    whole_s: float | None = None


def why(at: Situation) -> str:
    """One sentence, perhaps two: what was seen, what is missing, for how long; and where the last message is."""
    told = _SENTENCES[at.kind](at)
    return f"{told} {at.message}" if at.message else told


def _who(at: Situation) -> str:
    return at.owner or "an unnamed service"


def _subject(at: Situation) -> str:
    """The owner at the head of a sentence: a name stays as it is written."""
    return at.owner or "An unnamed service"


def _error(at: Situation) -> str:
    """The last error as a sentence; many an error has its own full stop."""
    error = (at.error or "").strip()
    return f" Last error: {error}{'' if error.endswith('.') else '.'}" if error else ""


def _limit(at: Situation) -> str:
    """What is usual and what the limit is, with where that comes from."""
    if at.limit_basis == "default":
        return f"(threshold {spell(at.threshold_s)})"
    usual = "" if at.expected_s is None else f"usually {spell_finely(at.expected_s)}; "
    source = "declared" if at.limit_basis == "declared" else f"learned from {at.limit_n:.0f}"
    return f"({usual}limit {spell_finely(at.threshold_s)}, {source})"


def _ended(at: Situation) -> str:
    """What ended before the step that did not begin."""
    step, owner, is_failed = at.after[0]
    return f"{step} {'failed' if is_failed else 'ended'} in {owner or 'an unnamed service'} {spell(at.stuck_s)} ago"


def _overdue(at: Situation) -> str:
    if at.state == "failed":
        return (
            f"{at.step} failed in {_who(at)} {spell(at.stuck_s)} ago and was not tried again {_limit(at)}.{_error(at)}"
        )
    if at.state == "pending":
        return f"{_subject(at)} was told to do {at.step} {spell(at.stuck_s)} ago and was not seen to begin.{_error(at)}"
    return (
        f"{_subject(at)} began {at.step} {spell(at.stuck_s)} ago and was not seen to end it {_limit(at)}.{_error(at)}"
    )


def _retry_loop(at: Situation) -> str:
    return f"{_subject(at)} has tried {at.step} {at.attempts} times in {spell(at.stuck_s)} without success.{_error(at)}"


def _handoff(at: Situation) -> str:
    if at.after and at.step is not None:
        lost = f", and {_who(at)} was not seen to begin {at.step} {_limit(at)}.{_error(at)}"
        return f"{_ended(at)}{lost}"
    if at.state == "pending" and at.step is not None:
        lacks = f"{_who(at)} was not seen to begin {at.step} {_limit(at)}.{_error(at)}"
        return f"For {spell(at.stuck_s)} nothing was seen, and {lacks}"
    to = f" to {at.handoff}" if at.handoff else ""
    unsure = "" if at.is_exact else " A receiver's span arrives only when it ends, so it may still be running."
    sent = f"A message{to} was sent" if at.step is None else f"{_subject(at)} sent a message{to} after {at.step}"
    if at.is_message_sent:
        return f"{sent} {spell(at.stuck_s)} ago, and nothing followed.{_error(at)}"
    return f"{sent} {spell(at.stuck_s)} ago, and nobody was seen to take it.{unsure}{_error(at)}"


def _compensation(at: Situation) -> str:
    undoes = f", which undoes {at.undoes}," if at.undoes and at.undoes != at.step else ""
    if at.after and at.state == "pending":
        begun = f"the compensation {at.step}{undoes}".rstrip(",")
        return f"{_ended(at)}, and {_who(at)} was not seen to begin {begun} {_limit(at)}.{_error(at)}"
    if at.state == "compensation_failed":
        failed = f"The compensation {at.step}{undoes} failed in {_who(at)} {spell(at.stuck_s)} ago"
        return f"{failed}; nothing followed.{_error(at)}"
    began = f"{_subject(at)} began the compensation {at.step}{undoes} {spell(at.stuck_s)} ago"
    return f"{began} and was not seen to end it.{_error(at)}"


def _waiting(at: Situation) -> str:
    return f"{_subject(at)} has waited in {at.step} for {spell(at.stuck_s)}.{_error(at)}"


def _never_ended(at: Situation) -> str:
    if at.whole_s is not None:
        stands = f" It stands in {at.step} ({_who(at)}) for {spell(at.stuck_s)}." if at.step else ""
        return f"The whole transaction has taken longer than its deadline of {spell(at.whole_s)}.{stands}{_error(at)}"
    if at.step is None:
        return (
            f"No record names a step; the last one is {spell(at.stuck_s)} old "
            f"and nothing ended the transaction.{_error(at)}"
        )
    if at.state == "failed":
        return (
            f"{at.step} failed in {_who(at)} {spell(at.stuck_s)} ago; "
            f"nothing followed: no retry, no compensation, no end.{_error(at)}"
        )
    return (
        f"{at.step} ({_who(at)}) is the last step that was seen to finish, {spell(at.stuck_s)} ago; "
        f"nothing followed and nothing ended the transaction.{_error(at)}"
    )


_SENTENCES: Final = {
    "step-overdue": _overdue,
    "retry-loop": _retry_loop,
    "handoff-lost": _handoff,
    "compensation-stuck": _compensation,
    "wait-overdue": _waiting,
    "never-ended": _never_ended,
}
