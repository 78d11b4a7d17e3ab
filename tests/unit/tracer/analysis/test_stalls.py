"""The sentence that says why a transaction is stuck, as a tired person reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.analysis.stalls import Situation, why
from tracer.model.words import StallKind, StepState

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


# --- where the limit comes from -------------------------------------------------------------------------------

AFTER = {"after": (("place", "shop", False),), "state": "pending", "handoff": "orders"}
LIMITED = [
    {"kind": "step-overdue"},
    {"kind": "step-overdue", "state": "failed"},
    {"kind": "handoff-lost", **AFTER},
    {"kind": "compensation-stuck", **AFTER},
]


@pytest.mark.parametrize("changes", LIMITED, ids=str)
@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ({}, "(threshold 5m 0s)"),
        ({"expected_s": 2.0}, "(threshold 5m 0s)"),
        ({"limit_basis": "declared", "threshold_s": 1.5}, "(limit 1.5s, declared)"),
        ({"limit_basis": "declared", "expected_s": 0.35}, "(usually 350ms; limit 5m 0s, declared)"),
        ({"limit_basis": "learned", "limit_n": 212.4}, "(limit 5m 0s, learned from 212)"),
        (
            {"limit_basis": "learned", "limit_n": 212.4, "expected_s": 4.25},
            "(usually 4.2s; limit 5m 0s, learned from 212)",
        ),
    ],
)
def test_a_limit_is_told_with_where_it_comes_from(changes, limit, expected):
    """Declared, learned from so many, or the default; with what is usual where that is known."""
    assert expected in told(**changes, **limit)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"state": "failed", "error": "declined"},
            "pay failed in payment 12m 4s ago and was not tried again (threshold 5m 0s). Last error: declined.",
        ),
        (
            {"kind": "handoff-lost", **AFTER},
            "place ended in shop 12m 4s ago, and payment was not seen to begin pay (threshold 5m 0s).",
        ),
        (
            {"kind": "handoff-lost", "after": (("place", None, True),), "owner": None},
            (
                "place failed in an unnamed service 12m 4s ago, "
                "and an unnamed service was not seen to begin pay (threshold 5m 0s)."
            ),
        ),
        (
            {"kind": "handoff-lost", **AFTER, "step": None},
            "A message to orders was sent 12m 4s ago, and nobody was seen to take it.",
        ),
        (
            {"kind": "compensation-stuck", **AFTER, "step": "refund", "undoes": "pay"},
            (
                "place ended in shop 12m 4s ago, and payment was not seen to begin the compensation refund, "
                "which undoes pay (threshold 5m 0s)."
            ),
        ),
        (
            {"kind": "never-ended", "whole_s": 3600.0},
            (
                "The whole transaction has taken longer than its deadline of 1h 0m. "
                "It stands in pay (payment) for 12m 4s."
            ),
        ),
        (
            {"kind": "never-ended", "whole_s": 3600.0, "step": None},
            "The whole transaction has taken longer than its deadline of 1h 0m.",
        ),
        (
            {"kind": "wait-overdue", "owner": None, "error": "nobody answers"},
            "An unnamed service has waited in pay for 12m 4s. Last error: nobody answers.",
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_place_that_was_judged_reads_as_plain_words(changes, expected):
    """What ended, what should have begun after it, by whom."""
    assert expected == told(**changes)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("timeout", " Last error: timeout."),
        ("Timed out.", " Last error: Timed out."),
        (" spaced \n", " Last error: spaced."),
        (" ", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_an_error_is_a_sentence_with_one_full_stop(error, expected):
    """Whatever stood around it; an empty one is none."""
    assert f"payment began pay 12m 4s ago and was not seen to end it (threshold 5m 0s).{expected}" == told(error=error)


_STATES = st.sampled_from([*StepState.__args__, None])
_NAMES = st.text("abc-", min_size=1, max_size=6)
_PLACES = st.builds(
    dict,
    kind=_KINDS,
    step=_NAMES,
    owner=st.none() | _NAMES,
    state=_STATES,
    error=st.none() | _NAMES,
    undoes=st.none() | _NAMES,
    handoff=st.none() | _NAMES,
    is_exact=st.booleans(),
    message=st.sampled_from(["", "Last message: shipping is at it."]),
    is_message_sent=st.booleans(),
    after=st.lists(st.tuples(_NAMES, st.none() | _NAMES, st.booleans()), max_size=2).map(tuple),
    limit_basis=st.sampled_from(["declared", "learned", "default"]),
    limit_n=st.floats(0, 1e6),
    expected_s=st.none() | st.floats(0, 1e6),
    whole_s=st.none() | st.floats(0, 1e6),
    stuck_s=st.floats(0, 1e8),
    threshold_s=st.floats(0, 1e8),
    attempts=st.integers(1, 9),
)


@given(_PLACES)
def test_each_reads_as_a_few_sentences(at):
    """No double space, no comma before a stop, no None; it ends with one full stop."""
    sentence = told(**at)

    assert not [flaw for flaw in ("  ", "None", " .", ",.", ";.", ", (", " ,") if flaw in sentence]
    assert sentence.endswith(".")
    assert not sentence.endswith("..")
    assert sentence == sentence.strip()
