"""What must be looked at again is told until nothing of it is left."""

from __future__ import annotations

from tests.worlds import NOON_NS


def test_what_waits_is_told_whether_it_is_folded_or_only_judged_again(lab):
    """Who folds until nothing waits leaves nothing behind, also where some records must be read again and some not."""
    common = {"kind": "event", "source": "test", "received_ns": NOON_NS, "at_ns": NOON_NS, "phase": "started"}
    lab.take(
        [
            {**common, "uid": "1", "name": "Paid", "transaction_id": "A", "saga": "order"},
            {**common, "uid": "2", "name": "Sent", "transaction_id": "B", "saga": "transfer"},
        ]
    )
    lab.store.fold(lambda session: session.run("requeue_names", {"names": ["Paid"], "sagas": []}))
    lab.store.fold(lambda session: session.run("requeue_sagas", {"sagas": ["transfer"]}))

    assert {(True, 1), (False, 1)} == set(lab.rows("SELECT whole, count(*) FROM requeue GROUP BY ALL"))
    assert 1 == lab.keeper.fold()
    assert 0 == lab.keeper.fold()
    assert [] == lab.rows("FROM requeue")
