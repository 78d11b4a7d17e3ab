"""When the log is folded into the file, and how the store is opened again after a fatal error."""

import shutil
from types import SimpleNamespace

import duckdb
import pytest

from tracer.clock import FixedClock
from tracer.errors import Busy, StoreFull
from tracer.store import store as store_module
from tracer.store.options import MIB, StoreOptions
from tracer.store.room import Room
from tracer.store.store import Store


@pytest.fixture
def disk(monkeypatch):
    """A disk whose free bytes a test may set."""
    found = SimpleNamespace(free=1000 * MIB)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: found)
    return found


@pytest.fixture
def store(scratch):
    """An open store with one reader, that waits for nothing."""
    options = StoreOptions(max_readers=1, read_wait_s=0.01)
    opened = Store.open(scratch / "s.duckdb", clock=FixedClock(0), options=options)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("wal", "free", "due"), [(200, 9000, True), (199, 9000, False), (50, 49, True), (49, 50, False), (3, 0, False)]
)
def test_a_log_is_due_when_it_is_large_or_the_disk_small(disk, scratch, wal, free, due):
    """The log is folded in at its limit, and sooner where the disk has less left than the log takes."""
    disk.free = free * MIB

    assert due is Room(scratch).is_due(wal * MIB, 200 * MIB)


def test_a_checkpoint_without_room_waits_for_more(disk, scratch):
    """Where a checkpoint found no room, none is tried with as much; one that succeeds forgets that."""
    room = Room(scratch)
    room.found(5 * MIB)
    told = []
    for free in (5, 20, 21):
        disk.free = free * MIB
        told.append(room.is_hopeless())
    disk.free = 0
    room.found(None)

    assert [True, True, False] == told
    assert not room.is_hopeless()


def test_a_hopeless_checkpoint_is_refused_before_it_does_harm(disk, store):
    """The store says that there is no room, and stays open."""
    store._room.found(disk.free)

    with pytest.raises(StoreFull, match="no room"):
        store.checkpoint(force=True)
    assert (0, 0) == store.read(lambda session: session.row("fold_span"))


def test_a_store_is_not_closed_under_a_reader(store):
    """What has to be opened again waits for the queries that run; then it is, and every reader is there again."""

    def break_it(session):
        store._appending._broken = True
        with pytest.raises(Busy, match="a query still runs"):
            store.write(lambda writing: writing.row("fold_span"))
        return session.row("fold_span")

    assert (0, 0) == store.read(break_it)
    assert (0, 0) == store.write(lambda session: session.row("fold_span"))
    assert (0, 0) == store.read(lambda session: session.row("fold_span"))


def test_a_store_that_cannot_be_opened_again_is_busy_until_it_can(store, monkeypatch):
    """While opening fails reads and writes are told to come again; the write that succeeds heals the reads."""
    store._appending._broken = True
    real = store_module.open_or_recover

    def fail(*_, **__):
        raise duckdb.IOException("IO Error: No space left on device")

    monkeypatch.setattr(store_module, "open_or_recover", fail)
    for door in (store.write, store.read, store.write):
        with pytest.raises(Busy):
            door(lambda session: session.row("fold_span"))
    monkeypatch.setattr(store_module, "open_or_recover", real)

    assert (0, 0) == store.write(lambda session: session.row("fold_span"))
    assert (0, 0) == store.read(lambda session: session.row("fold_span"))
