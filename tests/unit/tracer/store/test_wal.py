"""A write-ahead log that was cut or damaged: what is kept, what is told, what is set aside."""

import re
import shutil
from functools import partial

import pyarrow as pa
import pytest

from tracer.clock import FixedClock
from tracer.errors import StoreError
from tracer.model.records import rows_to_batch
from tracer.store.append import append
from tracer.store.options import ROW_GROUP, StoreOptions
from tracer.store.store import Store
from tracer.store.wal import committed_before, measure, wal_path

COMMITS = 6


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A store as a crash leaves it: file, log, and the size that the log had after each commit."""
    path = tmp_path_factory.mktemp("crash") / "s.duckdb"
    store = Store.open(path, clock=FixedClock(0))
    ends = []
    for number in range(1, COMMITS + 1):
        store.write(lambda session, number=number: session.run("append_done", {"last": number}))
        ends.append(store.wal_bytes())
    file, log = path.read_bytes(), wal_path(path).read_bytes()
    store.close()
    return file, log, ends


def opened(folder, file, log):
    """Open a store with this log; the last commit that it has, its notices and the logs that were set aside."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / "s.duckdb"
    path.write_bytes(file)
    wal_path(path).write_bytes(log)
    store = Store.open(path, clock=FixedClock(0))
    last = store.read(lambda session: session.value("append_last"))
    store.close()
    return last, store.notices, [aside.read_bytes() for aside in folder.glob("*.broken-*")]


def kept(log, ends, notices):
    """How many commits end before what the notices say was left out."""
    upto = len(log) - sum(int(re.search(r"last (\d+) bytes", notice)[1]) for notice in notices)
    return sum(end <= upto for end in ends)


def test_whole_commits_are_measured_wherever_a_log_ends(scratch, written):
    """However many bytes of a log there are, its commits are those that end before, and a mere cut is no damage."""
    _, log, ends = written
    wal = scratch / "log"
    for size in range(len(log) + 1):
        wal.write_bytes(log[:size])
        measured = measure(wal)
        whole = [end for end in ends if end <= size]

        assert (size, False) == (measured.size, measured.is_damaged)
        assert len(whole) == sum(end <= measured.committed for end in ends)
        assert whole == [] or whole[-1] == measured.committed == committed_before(wal, size)


def test_a_cut_log_is_told_as_an_unfinished_write(scratch, written):
    """A store with a cut log has every commit before the cut; a cut inside a commit is told, nothing is set aside."""
    file, log, ends = written
    for size in {ends[-1], ends[-1] - 1, ends[-1] - 21, ends[-2], ends[-2] + 3, ends[2] - 9, 20, 3}:
        last, notices, asides = opened(scratch / "cut", file, log[:size])

        assert sum(end <= size for end in ends) == last == kept(log[:size], ends, notices)
        assert (0 if size in ends else 1) == len(notices)
        assert all("unfinished write" in notice for notice in notices)
        assert [] == asides


def test_a_damaged_log_loses_no_more_than_is_told(scratch, written):
    """Wherever a byte is damaged the store opens with the commits before, says what is missing and keeps the log."""
    file, log, ends = written
    for at in [*range(45), *range(45, ends[0], 16), *range(ends[0], ends[-2], 7)]:
        damaged = bytearray(log)
        damaged[at] ^= 0x55
        last, notices, asides = opened(scratch / "flip", file, bytes(damaged))
        if last == COMMITS:
            assert ((), []) == (notices, asides)  # a byte that means nothing
            continue

        assert last == kept(log, ends, notices)
        assert ["could not be replayed" in notice for notice in notices] == [True]
        assert [bytes(damaged)] == asides
        assert sum(end <= at for end in ends) >= last


def test_two_damages_are_both_told(scratch, written):
    """A log that is damaged twice, in a payload and in a length, keeps what is before the first."""
    file, log, ends = written
    damaged = bytearray(log)
    damaged[ends[1] + 18] ^= 0x55
    damaged[ends[3] + 4] ^= 0x55
    last, notices, asides = opened(scratch / "twice", file, bytes(damaged))

    assert 2 == last == kept(log, ends, notices)
    assert [True, True] == ["could not be replayed" in notice for notice in notices]
    assert bytes(damaged) in asides


def test_a_damaged_file_keeps_its_log(scratch, written):
    """Where not even the file opens, that is said and the log is left as it was."""
    _, log, _ = written
    path = scratch / "s.duckdb"
    path.write_bytes(b"no database" * 2000)
    wal_path(path).write_bytes(log)

    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(path, clock=FixedClock(0))
    assert log == wal_path(path).read_bytes()


def test_too_little_memory_is_no_damage(scratch):
    """A log that does not fit in memory stays where it is: nothing is set aside, and more memory opens it."""
    path = scratch / "s.duckdb"
    store = Store.open(path, clock=FixedClock(0))
    rows = [{"name": "n" * 200, "at_ns": at, "received_ns": at, "source": "s", "uid": str(at)} for at in range(20_000)]
    few = ROW_GROUP // 2  # what fills a group passes by the log
    for at in range(0, len(rows), few):
        part = pa.Table.from_batches([rows_to_batch(rows[at : at + few])])
        store.write(partial(append, table=part))
    file, log = path.read_bytes(), wal_path(path).read_bytes()
    store.close()
    again = scratch / "again" / "s.duckdb"
    again.parent.mkdir()
    again.write_bytes(file)
    wal_path(again).write_bytes(log)

    with pytest.raises(StoreError, match="allocate"):
        Store.open(again, clock=FixedClock(0), options=StoreOptions(memory_limit=1 << 20))
    assert log == wal_path(again).read_bytes()
    store = Store.open(again, clock=FixedClock(0))
    assert (20_000, ()) == (store.stats()["records"], store.notices)
    store.close()
