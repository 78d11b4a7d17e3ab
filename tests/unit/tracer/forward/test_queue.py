from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracer.forward.queue import BoundedQueue, Waiting


def put_all(queue: BoundedQueue, sizes: list[int]) -> list[bool]:
    """Put bodies of these sizes, each with its number in front."""
    return [queue.put(Waiting(signal="traces", body=bytes([n % 256]) * size)) for n, size in enumerate(sizes)]


def drain(queue: BoundedQueue) -> list[Waiting]:
    """Take everything out."""
    return list(iter(queue.get, None))


@given(st.lists(st.integers(0, 60), max_size=60), st.sampled_from(["oldest", "newest"]))
def test_nothing_beyond_the_limits_is_held_and_every_drop_is_counted(sizes, drop):
    """What was put is held or counted as dropped, never both, never neither."""
    queue = BoundedQueue(max_bytes=100, max_count=7, drop=drop)
    put_all(queue, sizes)

    assert queue.size_bytes <= 100
    assert len(queue) <= 7
    assert len(drain(queue)) + queue.dropped == len(sizes)
    assert queue.size_bytes == 0


def test_the_oldest_or_the_newest_is_dropped_as_configured():
    """Each choice keeps the other end."""
    oldest = BoundedQueue(max_bytes=100, max_count=2, drop="oldest")
    newest = BoundedQueue(max_bytes=100, max_count=2, drop="newest")

    assert put_all(oldest, [1, 1, 1]) == [True, True, True]
    assert put_all(newest, [1, 1, 1]) == [True, True, False]
    assert [item.body[0] for item in drain(oldest)] == [1, 2]
    assert [item.body[0] for item in drain(newest)] == [0, 1]


def test_a_body_larger_than_the_queue_empties_nothing():
    """One giant request does not throw away what waits."""
    queue = BoundedQueue(max_bytes=10, max_count=5, drop="oldest")

    assert put_all(queue, [4, 11]) == [True, False]
    assert (len(queue), queue.dropped) == (1, 1)
