"""Whether the labels can be reached by somebody who knows the sagas and sees only the records."""

import pytest

from tests.accuracy.corpus import Sizes, make_corpus
from tests.accuracy.expert import answer
from tests.accuracy.measure import Measured, judge
from tests.accuracy.report import clear, misses
from tests.accuracy.sagas import SAGAS
from tests.accuracy.telemetry import Row
from tracer.clock import NS_PER_S


@pytest.mark.parametrize("seed", [1, 2])
def test_an_expert_reaches_the_goals(seed: int) -> None:
    """The goals are not out of reach: reading the records of each transaction, nearly every label can be given."""
    corpus = make_corpus(seed, Sizes(history=0, open=60))
    sagas = {saga.name: saga for saga in SAGAS}
    records: dict[str, list[Row]] = {truth.transaction_id: [] for truth in corpus.truths}
    for row in corpus.rows:
        if row.transaction_id is not None:
            records[row.transaction_id].append(row)
    results = tuple(
        judge(
            truth,
            answer(sagas[truth.saga], records[truth.transaction_id], corpus.now_ns / NS_PER_S),
            None,
            "declared",
        )
        for truth in corpus.truths
    )
    measured = Measured(mode="declared", results=results, finished={})

    assert [] == misses(measured)
    assert sum(result.is_right for result in clear(measured)) > 0.99 * len(clear(measured))
