"""Work that can wait comes after the people who ask."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tracer.ingest.priority import NICENESS, give_way

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ranks threads by themselves")


def rank():
    """Tell the priority of the calling thread: the higher, the later its turn."""
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_a_thread_that_gives_way_is_alone_in_it():
    """The thread comes later from then on, however often it says so; the others are as they were."""
    before = rank()
    with ThreadPoolExecutor(1, initializer=give_way) as threads:
        first = threads.submit(rank).result()
        threads.submit(give_way).result()
        second = threads.submit(rank).result()

    assert [max(before, NICENESS)] * 2 == [first, second]
    assert before == rank()
