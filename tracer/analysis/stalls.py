"""Why a transaction counts as stuck, in one sentence for a tired person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tracer.model.duration import spell
from tracer.model.words import StallKind, StepState


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of the place where a transaction stands.

    `undoes` is the step that a compensation undoes; `handoff` the destination of a message that nobody was
    seen to take; `is_exact` whether the participants tell when they begin; `message` a sentence on the place of the
    last message and who has read it, or nothing; `is_message_sent` whether that is the message that was handed off.
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
    return f" Last error: {at.error}." if at.error else ""


def _overdue(at: Situation) -> str:
    if at.state == "pending":
        return f"{_subject(at)} was told to do {at.step} {spell(at.stuck_s)} ago and was not seen to begin.{_error(at)}"
    return (
        f"{_subject(at)} began {at.step} {spell(at.stuck_s)} ago and was not seen to end it "
        f"(threshold {spell(at.threshold_s)}).{_error(at)}"
    )


def _retry_loop(at: Situation) -> str:
    return f"{_subject(at)} has tried {at.step} {at.attempts} times in {spell(at.stuck_s)} without success.{_error(at)}"


def _handoff(at: Situation) -> str:
    to = f" to {at.handoff}" if at.handoff else ""
    unsure = "" if at.is_exact else " A receiver's span arrives only when it ends, so it may still be running."
    sent = f"A message{to} was sent" if at.step is None else f"{_subject(at)} sent a message{to} after {at.step}"
    if at.is_message_sent:
        return f"{sent} {spell(at.stuck_s)} ago, and nothing followed.{_error(at)}"
    return f"{sent} {spell(at.stuck_s)} ago, and nobody was seen to take it.{unsure}{_error(at)}"


def _compensation(at: Situation) -> str:
    undoes = f", which undoes {at.undoes}," if at.undoes and at.undoes != at.step else ""
    if at.state == "compensation_failed":
        failed = f"The compensation {at.step}{undoes} failed in {_who(at)} {spell(at.stuck_s)} ago"
        return f"{failed}; nothing followed.{_error(at)}"
    began = f"{_subject(at)} began the compensation {at.step}{undoes} {spell(at.stuck_s)} ago"
    return f"{began} and was not seen to end it.{_error(at)}"


def _waiting(at: Situation) -> str:
    return f"{_subject(at)} has waited in {at.step} for {spell(at.stuck_s)}.{_error(at)}"


def _never_ended(at: Situation) -> str:
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
