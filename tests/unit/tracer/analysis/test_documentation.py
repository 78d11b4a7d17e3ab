"""docs/reading.md explains each word of the analysis, with sentences as the product says them."""

import re
from pathlib import Path
from typing import get_args

import pytest

from tests.unit.tracer.analysis.test_messages import LETTER, NOW_NS, PASSED, ago, group, message
from tracer.analysis.messages import readers, sentence
from tracer.analysis.stalls import Situation, why
from tracer.model.words import STATUSES, StallKind
from tracer.views import ReaderState

PAGE = (Path(__file__).parents[4] / "docs" / "reading.md").read_text("utf-8")
PAYMENT = {
    "step": "capture-payment", "owner": "payment", "state": "running", "stuck_s": 724.0, "threshold_s": 300.0,
    "attempts": 1, "error": None, "undoes": None, "handoff": None, "is_exact": True,
}  # fmt: skip
REFUND = {"step": "refund-debit", "owner": "account", "undoes": "debit-account"}
AT_IT = message(topic="payments.captured")
SENT = sentence(AT_IT, readers(AT_IT, (group(18822),), NOW_NS))
LEARNED = {"limit_basis": "learned", "limit_n": 412.0, "threshold_s": 4.2, "expected_s": 1.2}
DECLARED = {"limit_basis": "declared", "threshold_s": 30.0}
AFTER = (("capture-payment", "payment", False),)
EXPECTED = {"step": "ship-parcel", "owner": "shipping", "state": "pending", "after": AFTER}
UNDO_EXPECTED = {
    "step": "release-inventory", "owner": "inventory", "state": "pending", "undoes": "reserve-inventory",
    "after": (("capture-payment", "payment", True),),
}  # fmt: skip
TOLD = (
    ("step-overdue", {}),
    ("step-overdue", {"state": "pending"}),
    ("step-overdue", LEARNED),
    ("step-overdue", {**DECLARED, "state": "failed"}),
    ("handoff-lost", {**LEARNED, **EXPECTED, "threshold_s": 2.15, "expected_s": 0.35}),
    ("handoff-lost", {"state": "completed", "handoff": "payments.captured"}),
    ("handoff-lost", {"state": "completed", "handoff": "payments.captured", "is_exact": False}),
    ("handoff-lost", {"state": "completed", "handoff": "payments.captured", "message": SENT, "is_message_sent": True}),
    ("retry-loop", {"state": "retrying", "attempts": 7, "error": "HTTP 503 from carrier"}),
    ("compensation-stuck", {**REFUND, "state": "compensating"}),
    ("compensation-stuck", {**REFUND, "state": "compensation_failed", "error": "account closed"}),
    ("compensation-stuck", {**DECLARED, **UNDO_EXPECTED}),
    ("never-ended", {"whole_s": 900.0}),
    ("wait-overdue", {"step": "approve-order", "owner": "sales", "state": "waiting"}),
    ("never-ended", {"state": "completed"}),
    ("never-ended", {"state": "failed", "error": "card declined"}),
    ("never-ended", {"step": None, "owner": None, "state": None}),
)
MESSAGES = (
    ({}, group(18790, earlier=(ago(102), 18708))),
    ({}, group(18790)),
    ({}, group(-1)),
    ({}, group(18822)),
    ({}, group(18850, passed=PASSED)),
    ({"is_stuck": False}, group(18850, passed=PASSED)),
    ({"is_followed": True}, group(18850, passed=PASSED)),
    ({"is_followed": True}, group(18850)),
    ({}, group(18790, members=0)),
    ({"letter": LETTER}, group(18850)),
    ({}, group(18790, seen_ns=ago(300))),
    ({}, group(18790, seen_ns=ago(45), since_ns=ago(55))),
)
SEVERAL = (
    (group(18850), group(18850, group="analytics")),
    (group(18790, members=0), group(18850, group="analytics")),
)


def _first_cells(heading):
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)


def test_every_status_and_every_kind_of_stall_is_explained():
    """The two tables have the words of the model, each once."""
    assert sorted(STATUSES) == sorted(_first_cells("The statuses"))
    assert sorted(get_args(StallKind)) == sorted(_first_cells("The kinds of stall"))
    assert sorted(get_args(ReaderState)) == sorted(_first_cells("Where the message is"))


@pytest.mark.parametrize(("kind", "changes"), TOLD)
def test_the_sentences_are_those_of_the_product(kind, changes):
    """An example on the page is what the product says, to the letter."""
    assert f"- `{kind}`: {why(Situation(kind=kind, **{**PAYMENT, **changes}))}\n" in PAGE


@pytest.mark.parametrize(("about", "at"), MESSAGES)
def test_the_words_for_a_message_are_those_of_the_product(about, at):
    """An example of what became of a message is what the product says, to the letter."""
    (told,) = readers(message(**about), (at,), NOW_NS)

    assert f"- `{told.state}`: {told.group} {told.why}\n" in PAGE


@pytest.mark.parametrize("groups", SEVERAL)
def test_the_words_for_several_groups_are_those_of_the_product(groups):
    """What a reason says of several groups stands on the page, to the letter."""
    about = message()

    assert f"- {sentence(about, readers(about, groups, NOW_NS))}\n" in PAGE


def test_no_sentence_is_made_up():
    """The page has no example but those that are tested."""
    states = [readers(message(**about), (at,), NOW_NS)[0].state for about, at in MESSAGES]

    assert [*(kind for kind, _ in TOLD), *states] == re.findall(r"^- `([a-z-]+)`: ", PAGE, re.MULTILINE)
