"""The doors of the store, and whose file may be opened."""

import os
import subprocess
import sys
import threading
from contextlib import closing

import duckdb
import pytest

from tests.worlds import NOON_NS, table
from tracer.clock import FixedClock
from tracer.errors import Busy, NotFound, StoreError, StoreVersion, UsageError
from tracer.query.queries import Queries
from tracer.store.keeper import Keeper
from tracer.store.options import ROW_GROUP, StoreOptions
from tracer.store.store import Store
from tracer.store.wal import wal_path
from tracer.views import TransactionQuery

CLOCK = FixedClock(NOON_NS)
_DIES = """
import os, sys
from pathlib import Path
import pyarrow as pa
from tracer.clock import SystemClock
from tracer.model.records import rows_to_batch
from tracer.store.keeper import Keeper
from tracer.store.store import Store

clock = SystemClock()
keeper = Keeper(store=Store.open(Path(sys.argv[1]), clock=clock), clock=clock)
record = {"uid": "1", "transaction_id": "A", "at_ns": 1, "received_ns": 1, "phase": "started", "source": "test"}
keeper.append(pa.Table.from_batches([rows_to_batch([record])]))
keeper.fold()
os._exit(9)
"""
_TRIES = """
import sys
from pathlib import Path
from tracer.clock import SystemClock
from tracer.errors import StoreLocked
from tracer.store.store import Store

for read_only in (False, True):
    try:
        Store.open(Path(sys.argv[1]), clock=SystemClock(), read_only=read_only)
    except StoreLocked as error:
        print(error)
"""


def record(n, **columns):
    """Make an event of the n-th second."""
    common = {"kind": "event", "phase": "started", "step": "pay", "source": "test", "received_ns": NOON_NS}
    return common | {"uid": f"u{n}", "transaction_id": "A", "at_ns": NOON_NS + n} | columns


def count(store):
    """Count the records."""
    return store.stats()["records"]


@pytest.fixture
def store(scratch):
    """Give a store in a file."""
    opened = Store.open(scratch / "a.duckdb", clock=CLOCK, options=StoreOptions(max_readers=2, read_wait_s=0.05))
    yield opened
    opened.close()


def test_what_was_committed_is_there_when_the_file_is_opened_again(scratch):
    """A store outlives its process, in a folder that is made where it is missing."""
    path = scratch / "some" / "where" / "a.duckdb"
    store = Store.open(path, clock=CLOCK)
    Keeper(store=store, clock=CLOCK).append(table([record(1)]))
    store.close()
    again = Store.open(path, clock=CLOCK)

    assert (1, ()) == (count(again), again.notices)
    again.close()


@pytest.mark.parametrize("error", [ValueError("odd"), UsageError("no"), KeyboardInterrupt()])
def test_a_write_that_raises_leaves_nothing(store, error):
    """Whatever a closure raises comes out as it is, and nothing of what it did stays."""

    def fail(session):
        session.run("append_done", {"last": 7})
        raise error

    with pytest.raises(type(error)) as caught:
        store.write(fail)

    assert caught.value is error
    assert caught.value.__cause__ is None
    assert 0 == store.read(lambda session: session.value("append_last"))


def test_an_error_of_the_database_is_told_in_the_stores_words(store):
    """A statement that fails raises StoreError, from the error of the database, and nothing of the write stays."""

    def fail(session):
        session.run("append_done", {"last": 7})
        session.run("append_done", {"last": "no number"})

    with pytest.raises(StoreError) as caught:
        store.write(fail)

    assert isinstance(caught.value.__cause__, duckdb.Error)
    assert 0 == store.read(lambda session: session.value("append_last"))


def test_a_read_leaves_nothing(store):
    """What a reader makes for itself is gone for the next one."""
    store.read(lambda session: session.run("show_wanted", {"txn": 1}))
    with pytest.raises(StoreError, match="wanted"):
        store.read(lambda session: session.run("show_members"))


def test_a_read_sees_one_state(store):
    """What is committed while a closure reads does not change what it sees."""
    keeper = Keeper(store=store, clock=CLOCK)

    def look(session):
        before = session.value("append_last")
        keeper.append(table([record(1)]))
        return before, session.value("append_last")

    assert (0, 0) == store.read(look)
    assert 1 == store.read(lambda session: session.value("append_last"))


def test_too_many_reads_are_refused(store):
    """When all readers are busy for too long, the next one is told to come again; when one is free, it reads."""
    release, entered = threading.Event(), threading.Barrier(3)

    def hold(session):
        entered.wait(10)
        release.wait(10)
        return session.value("append_last")

    threads = [threading.Thread(target=store.read, args=(hold,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    entered.wait(10)
    with pytest.raises(Busy, match="2 queries are running"):
        store.read(lambda session: session.value("append_last"))
    release.set()
    for thread in threads:
        thread.join()

    assert 0 == store.read(lambda session: session.value("append_last"))


def test_writers_of_many_threads_take_turns(store):
    """Writes from any thread run one at a time, and none is lost."""
    keeper = Keeper(store=store, clock=CLOCK)
    threads = [threading.Thread(target=keeper.append, args=(table([record(n)]),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 8 == count(store)
    assert list(range(1, 9)) == sorted(
        seq for (seq,) in Queries(store=store, clock=CLOCK).sql("SELECT seq FROM record", limit=99, timeout_s=9).rows
    )


def test_appends_go_on_beside_the_fold(store):
    """While a fold is in progress a batch is committed; the fold does not see it, the next one does."""
    keeper = Keeper(store=store, clock=CLOCK)
    keeper.append(table([record(1)]))

    def append_meanwhile(session):
        before = session.value("append_last")
        other = threading.Thread(target=keeper.append, args=(table([record(2)]),))
        other.start()
        other.join(10)
        assert not other.is_alive()
        return before, session.value("append_last"), session.run("fold_done", {"hi": 1})

    assert (1, 1, None) == store.fold(append_meanwhile)
    assert (1, 2) == store.read(lambda session: session.row("fold_span"))


def test_what_writes_everything_waits_for_the_fold(store):
    """A write of any table begins when the fold that is in progress has ended."""
    seen, began = [], threading.Event()

    def look(session):
        seen.append(session.value("folded_seq"))

    def write():
        began.set()
        store.write_alone(look)

    other = threading.Thread(target=write)

    def fold(session):
        other.start()
        began.wait(10)
        other.join(0.1)
        assert [] == seen
        session.run("fold_done", {"hi": 7})

    store.fold(fold)
    other.join(10)

    assert [7] == seen


def test_a_commit_that_fills_groups_passes_by_the_log(store):
    """Rows that fill a group are written into the file at once; the log only says where they are."""
    keeper = Keeper(store=store, clock=CLOCK)
    keeper.append(table([record(n) for n in range(ROW_GROUP // 2)]))
    half = store.wal_bytes()
    keeper.append(table([record(n) for n in range(ROW_GROUP, 3 * ROW_GROUP)]))

    assert store.wal_bytes() - half < half
    assert ROW_GROUP // 2 + 2 * ROW_GROUP == count(store)


def test_a_file_that_another_process_holds_names_the_holder(store):
    """A second process is told that the file is held, by whom, and what to do."""
    told = subprocess.run([sys.executable, "-c", _TRIES, str(store.path)], capture_output=True, text=True, check=True)
    expected = f"{store.path} is held by process {os.getpid()}: ask that sidecar"

    assert [True, True] == [line.startswith(expected) for line in told.stdout.splitlines()]


def test_a_store_of_another_version_is_refused(scratch):
    """A file that another version wrote is not touched; the error names the file and both versions."""
    path = scratch / "a.duckdb"
    Store.open(path, clock=CLOCK).close()
    with duckdb.connect(str(path)) as other:
        other.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(StoreVersion, match=r"a\.duckdb has schema version 99, this Sagascope reads 5"):
            Store.open(path, clock=CLOCK, read_only=read_only)

    assert before == path.read_bytes()


def test_a_store_of_the_version_before_gets_what_is_new(scratch):
    """Tables of alerts are added when a sidecar opens it; a reader says how that is done, and touches nothing."""
    path = scratch / "a.duckdb"
    Store.open(path, clock=CLOCK).close()
    added = ("alert", "alert_change", "delivery", "silence")
    with duckdb.connect(str(path)) as other:
        for name in added:
            other.execute(f"DROP TABLE {name}")
        other.execute("DROP SEQUENCE alert_change_no")
        other.execute("DROP SEQUENCE delivery_no")
        other.execute("UPDATE meta SET value = '4' WHERE key = 'schema_version'")
    with pytest.raises(StoreVersion, match="start a sidecar on it once"):
        Store.open(path, clock=CLOCK, read_only=True)
    Store.open(path, clock=CLOCK).close()
    with closing(Store.open(path, clock=CLOCK, read_only=True)) as store:
        tables = store.lend_reader(lambda cursor: cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall())

    assert {(name,) for name in added} <= set(tables)


def test_notes_run_beside_appends_and_the_fold(store):
    """Each lane commits while another holds its own."""

    def note(session):
        session.run("alert_change_add", {"at": 1, "subject": "a", "what": "firing", "by": None, "detail": ""})
        store.write(lambda inner: inner.run("append_last"))
        return store.fold(lambda inner: inner.value("folded_seq"))

    assert 0 == store.note(note)
    assert [(1, "a", "firing", None, "")] == store.read(lambda s: s.rows("alert_changes", {"limit": 9}))


@pytest.mark.parametrize(
    "made_by", ["CREATE TABLE t (a INT)", "CREATE TABLE meta (a INT)", "CREATE TABLE record (a INT)"]
)
def test_somebody_elses_database_is_refused(scratch, made_by):
    """A DuckDB file that is no store is left as it is, also where it has a table of the same name."""
    path = scratch / "theirs.duckdb"
    with duckdb.connect(str(path)) as theirs:
        theirs.execute(made_by)
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(StoreVersion, match="not a store of Sagascope"):
            Store.open(path, clock=CLOCK, read_only=read_only)

    assert before == path.read_bytes()


def test_a_file_that_is_no_database_is_refused(scratch):
    """Any other file is left as it is."""
    path = scratch / "notes.txt"
    path.write_text("not a database" * 100)
    with pytest.raises(StoreError, match=r"cannot be opened: .*: name the file of a sidecar, or a new one"):
        Store.open(path, clock=CLOCK)

    assert "not a database" * 100 == path.read_text()


def test_a_folder_that_cannot_be_made_is_named(scratch):
    """Where the folder of the file cannot be made, the error says which."""
    (scratch / "file").write_text("")
    with pytest.raises(StoreError, match="file cannot be made"):
        Store.open(scratch / "file" / "a.duckdb", clock=CLOCK)


def test_reading_a_store_that_is_not_there_makes_none(scratch):
    """A reader is told that there is no store, and leaves no file behind."""
    with pytest.raises(StoreError, match="there is no store"):
        Store.open(scratch / "none" / "a.duckdb", clock=CLOCK, read_only=True)

    assert [] == list(scratch.iterdir())


def test_a_store_opened_for_reading_answers_and_is_not_written(scratch):
    """Opened read-only, also beside the log of a process that died, every question is answered and no write goes in."""
    path = scratch / "a.duckdb"
    subprocess.run([sys.executable, "-c", _DIES, str(path)], check=False)
    assert wal_path(path).stat().st_size
    reader = Store.open(path, clock=CLOCK, read_only=True)
    queries = Queries(store=reader, clock=CLOCK)

    assert 1 == queries.transaction("A").timeline_total
    assert 1 == queries.records("A").total
    assert ["A"] == [row.transaction_id for row in queries.transactions(TransactionQuery()).transactions]
    with pytest.raises(NotFound):
        queries.transaction("B")
    with pytest.raises(StoreError, match="read-only"):
        Keeper(store=reader, clock=CLOCK).append(table([record(2)]))
    reader.close()


def test_a_checkpoint_leaves_a_small_log(store):
    """A forced checkpoint folds the log into the file; without need, none is made."""
    keeper = Keeper(store=store, clock=CLOCK)
    keeper.append(table([record(1)]))

    assert not keeper.checkpoint()
    assert store.wal_bytes()
    assert store.checkpoint(force=True)
    assert 0 == store.wal_bytes()
