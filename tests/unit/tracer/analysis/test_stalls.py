"""The sentence that says why a transaction is stuck, as a tired person reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.analysis.stalls import Situation, why
from tracer.model.words import StallKind

USUAL = {
    "kind": "step-overdue",
    "step": "pay",
    "owner": "payment",
    "state": "running",
    "stuck_s": 724.0,
    "threshold_s": 300.0,
    "attempts": 1,
    "error": None,
    "undoes": None,
    "handoff": None,
    "is_exact": True,
}


def told(**changes):
    """Tell the usual situation with some changes."""
    return why(Situation(**USUAL | changes))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "payment began pay 12m 4s ago and was not seen to end it (threshold 5m 0s)."),
        (
            {"error": "timeout"},
            "payment began pay 12m 4s ago and was not seen to end it (threshold 5m 0s). Last error: timeout.",
        ),
        ({"owner": None}, "An unnamed service began pay 12m 4s ago and was not seen to end it (threshold 5m 0s)."),
        ({"state": "pending"}, "payment was told to do pay 12m 4s ago and was not seen to begin."),
        (
            {"kind": "retry-loop", "state": "retrying", "attempts": 7, "error": "card declined"},
            "payment has tried pay 7 times in 12m 4s without success. Last error: card declined.",
        ),
        (
            {"kind": "handoff-lost", "state": "completed", "handoff": "orders"},
            "payment sent a message to orders after pay 12m 4s ago, and nobody was seen to take it.",
        ),
        (
            {"kind": "handoff-lost", "state": "completed", "is_exact": False},
            (
                "payment sent a message after pay 12m 4s ago, and nobody was seen to take it. "
                "A receiver's span arrives only when it ends, so it may still be running."
            ),
        ),
        (
            {
                "kind": "handoff-lost",
                "handoff": "orders",
                "is_exact": False,
                "message": "Last message: shipping is at it.",
                "is_message_sent": True,
            },
            (
                "payment sent a message to orders after pay 12m 4s ago, and nothing followed. "
                "Last message: shipping is at it."
            ),
        ),
        (
            {"kind": "handoff-lost", "step": None, "owner": None, "state": None, "handoff": "orders"},
            "A message to orders was sent 12m 4s ago, and nobody was seen to take it.",
        ),
        (
            {"kind": "compensation-stuck", "state": "compensating", "step": "refund", "undoes": "pay"},
            "payment began the compensation refund, which undoes pay, 12m 4s ago and was not seen to end it.",
        ),
        (
            {"kind": "compensation-stuck", "state": "compensation_failed", "undoes": "pay", "error": "no funds"},
            "The compensation pay failed in payment 12m 4s ago; nothing followed. Last error: no funds.",
        ),
        ({"kind": "wait-overdue", "state": "waiting"}, "payment has waited in pay for 12m 4s."),
        (
            {"kind": "never-ended", "state": "failed", "error": "empty"},
            "pay failed in payment 12m 4s ago; nothing followed: no retry, no compensation, no end. Last error: empty.",
        ),
        (
            {"kind": "never-ended", "state": "completed"},
            (
                "pay (payment) is the last step that was seen to finish, 12m 4s ago; "
                "nothing followed and nothing ended the transaction."
            ),
        ),
        (
            {"kind": "never-ended", "state": "completed", "owner": None},
            (
                "pay (an unnamed service) is the last step that was seen to finish, 12m 4s ago; "
                "nothing followed and nothing ended the transaction."
            ),
        ),
        (
            {"kind": "never-ended", "step": None, "owner": None, "state": None},
            "No record names a step; the last one is 12m 4s old and nothing ended the transaction.",
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_sentence_says_who_what_and_how_long(changes, expected):
    """Each kind of stall reads as plain words: what was seen, what is missing, for how long."""
    assert expected == told(**changes)


_KINDS = st.sampled_from(StallKind.__args__)
_WITHOUT_STEP = {"handoff-lost", "never-ended"}  # the others are about a step
_TEXTS = st.none() | st.text()


@given(_KINDS, st.builds(dict, step=_TEXTS, owner=_TEXTS, error=_TEXTS, undoes=_TEXTS, handoff=_TEXTS), st.booleans())
def test_every_situation_has_words(kind, texts, is_exact):
    """No combination of what is known and what is not raises, or says None to a person."""
    if kind not in _WITHOUT_STEP:
        texts["step"] = texts["step"] or "pay"
    for state in ("pending", "running", "retrying", "completed", "failed", "compensating", "compensation_failed", None):
        sentence = told(kind=kind, state=state, is_exact=is_exact, **texts)

        assert sentence.endswith(".")
        if not any("None" in (text or "") for text in texts.values()):
            assert "None" not in sentence


def test_text_from_telemetry_is_passed_through():
    """A sentence holds the names and errors as they came: whoever prints it cleans it."""
    hostile = "\x1b]52;c;eA==\x07[red]"

    assert hostile in told(error=hostile)
    assert hostile in told(step=hostile)
