"""Closing a store while somebody still asks."""

import threading

import pytest

from tracer.clock import FixedClock
from tracer.errors import SagascopeError
from tracer.store.console import Console
from tracer.store.store import Store


def test_a_running_question_is_interrupted(scratch):
    """A store closes though a query would run for hours, and the one who asked is told."""
    store = Store.open(scratch / "s.duckdb", clock=FixedClock(0))
    told = []
    running = threading.Event()

    def ask():
        running.set()
        with pytest.raises(SagascopeError) as error:
            Console(store=store).table(
                "SELECT count(*) FROM range(1000000000000) a, range(1000)", limit=1, timeout_s=60
            )
        told.append(error.value)

    asking = threading.Thread(target=ask)
    asking.start()
    running.wait()
    while not store._lent:
        pass
    store.close()
    asking.join(20)

    assert not asking.is_alive()
    assert 1 == len(told)
