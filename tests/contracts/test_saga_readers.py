"""Both readers ask the same of what answers, and give its answer unchanged: stalls, incidents, sagas, statistics."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api_fakes import serving
from tests.saga_fakes import NOW
from tracer.app.direct import DirectReader
from tracer.client import Client
from tracer.errors import NotFound, UsageError
from tracer.views import AlertQuery, StallQuery, TrialQuery

STALLS = StallQuery(saga=("a b&c", "ü"), owner=("x",), step=("s/1",), kind=("retry-loop",), limit=3)
QUESTIONS = {
    "stalls": lambda reader: reader.stalls(STALLS),
    "incidents": lambda reader: reader.incidents(STALLS),
    "no filters": lambda reader: (reader.stalls(StallQuery()), reader.incidents(StallQuery())),
    "sagas": lambda reader: reader.sagas(),
    "flow": lambda reader: reader.flow("order-fulfilment"),
    "definition": lambda reader: reader.definition("order-fulfilment"),
    "stats": lambda reader: reader.stats(saga="a b", since=NOW - timedelta(hours=3), until=NOW, every_s=90.5),
    "stats of all": lambda reader: reader.stats(),
    "alerts": lambda reader: reader.alerts(AlertQuery(rule=("a b&c",), state=("firing",), severity=("info",), limit=3)),
    "alert": lambda reader: reader.alert("a/b c?"),
    "rules": lambda reader: (reader.rules(), reader.silences()),
    "deliveries": lambda reader: reader.deliveries(alert="a&b", notifier=("x", "y"), state=("failed",), limit=7),
    "history": lambda reader: (reader.alert_history(subject="a b", limit=2), reader.alert_history()),
    "trial": lambda reader: reader.try_rule("a/b c?", TrialQuery(since=NOW, until=NOW, every_s=90.5)),
    "trial at": lambda reader: reader.try_rule("x", TrialQuery(at=NOW)),
}


@pytest.fixture
def readers():
    """Both readers over the same answers, and what those were asked."""
    with serving() as served:
        served.alerts.asked = served.answers.asked
        client = Client(served())
        yield client, DirectReader(served.answers, served.alerts, served.alerts), served.answers
        client.close()


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_both_ask_and_answer_alike(readers, question):
    """The way over HTTP changes nothing, neither of the question nor of the answer."""
    client, direct, answers = readers
    answered, asked = question(client), list(answers.asked)
    answers.asked.clear()

    assert question(direct) == answered
    assert answers.asked == asked


@pytest.mark.parametrize("name", ["flow", "definition"])
def test_an_unknown_saga_is_not_found_either_way(readers, name):
    """With the nearest names."""
    for reader in readers[:2]:
        with pytest.raises(NotFound, match="no saga ordr") as raised:
            getattr(reader, name)("ordr")
        assert ("order-fulfilment",) == raised.value.nearest


def test_a_wrong_question_is_refused_either_way(readers):
    """What the answers refuse is the same error over HTTP."""
    client, direct, answers = readers
    answers.failure = UsageError("that is more than 1000 spans of time")
    for reader in (client, direct):
        with pytest.raises(UsageError, match="more than 1000 spans"):
            reader.stats(every_s=1.0)
