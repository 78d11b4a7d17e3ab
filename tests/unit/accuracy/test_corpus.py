"""The corpus as a whole, and the definitions that go with it."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests import accuracy
from tests.accuracy.corpus import Corpus, Sizes, make_corpus
from tests.accuracy.definitions import deadline_s, definition
from tests.accuracy.faults import noticed_s, possible
from tests.accuracy.sagas import SAGAS
from tests.accuracy.shapes import Z_NORMAL, Saga, walk

SIZES = Sizes(history=20, open=20)
FOLDER = Path(accuracy.__file__).parent
MAY_ASK = {"measure.py", "setup_store.py"}
PRODUCT = re.compile(r"^\s*(?:from|import) (tracer\.(?!model\b|clock\b)\w+)", re.MULTILINE)
BY_NAME = pytest.mark.parametrize("saga", SAGAS, ids=lambda saga: saga.name)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Make a small corpus."""
    return make_corpus(3, SIZES)


def test_the_corpus_is_made_without_the_product() -> None:
    """Only what asks the store imports more than the record and its words, and nothing imports the analysis."""
    used = {path.name: set(PRODUCT.findall(path.read_text("utf-8"))) for path in FOLDER.glob("*.py")}

    assert MAY_ASK == {name for name, found in used.items() if found}
    assert "tracer.analysis" not in set().union(*used.values())


def test_the_corpus_is_a_function_of_its_seed(corpus: Corpus) -> None:
    """The same seed makes the same records and labels, another one others."""
    assert corpus == make_corpus(3, SIZES)
    assert corpus.rows != make_corpus(4, SIZES).rows


def test_every_transaction_has_an_id_of_its_own(corpus: Corpus) -> None:
    """No two transactions share an id, and every id of a record is one of theirs."""
    ids = [truth.transaction_id for truth in corpus.truths]

    assert len(SAGAS) * SIZES.open == len(set(ids))
    assert len(SAGAS) * SIZES.history == len(corpus.finished) + len(corpus.unended)
    assert not {*corpus.finished, *corpus.unended} & set(ids)
    assert {row.transaction_id for row in corpus.rows} - {None} == {*corpus.finished, *corpus.unended, *ids}


def test_half_of_what_is_open_is_stuck(corpus: Corpus) -> None:
    """In every saga half of the open transactions have a fault, and all sorts of stalls are among them."""
    stuck = Counter(truth.saga for truth in corpus.truths if truth.is_stuck(declared=True))

    assert {saga.name: SIZES.open // 2 for saga in SAGAS} == stuck
    assert {
        "step-overdue", "handoff-lost", "retry-loop", "compensation-stuck", "wait-overdue", "never-ended", None,
    } == {truth.kind for truth in corpus.truths}  # fmt: skip


def test_records_come_in_the_order_of_arrival(corpus: Corpus) -> None:
    """They are in order of arrival, which is not the order of time, and none comes after now."""
    received = [row.received_ns for row in corpus.rows]

    assert sorted(received) == received
    assert received[-1] <= corpus.now_ns
    assert sorted(corpus.rows, key=lambda row: row.at_ns) != list(corpus.rows)


def test_few_labels_are_clouded(corpus: Corpus) -> None:
    """Losses take the ground from few labels only, and the end from few finished transactions."""
    assert 0 < len(corpus.unended) < 0.05 * len(corpus.finished)
    assert sum(truth.clouded for truth in corpus.truths) < 0.08 * len(corpus.truths)


@BY_NAME
def test_a_definition_names_each_step_once(saga: Saga) -> None:
    """The file is TOML, with the saga's steps in order, each after steps that stand before it."""
    steps = tomllib.loads(definition(saga))["saga"][saga.name]["step"]
    names = [step["name"] for step in steps]

    assert [step.name for step in saga.steps()] == names
    assert all(set(step["after"]) <= set(names[:nth]) for nth, step in enumerate(steps))
    assert [] == steps[0]["after"]


@BY_NAME
def test_a_deadline_lies_between_what_is_normal_and_what_is_stuck(saga: Saga) -> None:
    """No healthy transaction has passed a deadline, and every stuck one has."""
    stuck_s = {fault.step: noticed_s(saga, fault) for fault, _ in possible(saga) if fault.kind in {"crash", "timer"}}

    assert all(step.longest_s(Z_NORMAL) < deadline_s(step) for step in saga.steps())
    assert all(deadline_s(saga.step(name)) < least_s for name, least_s in stuck_s.items())


@BY_NAME
def test_a_saga_is_what_the_page_says(saga: Saga) -> None:
    """Three to nine steps, names that are unique, and shares of alternatives that make one."""
    names = [step.name for step in saga.steps()] + [step.undo.name for step in saga.steps() if step.undo]

    assert 3 <= len(saga.steps()) <= 9
    assert len(names) == len(set(names))
    assert all(share in {1.0, 0.7, 0.3} for _, share in walk(saga.flow))
