"""What is built anew, or imported into a file, is told as a sidecar of that configuration tells it."""

from __future__ import annotations

import json
from contextlib import closing
from functools import partial

import duckdb
import pytest

from tests.worlds import table
from tracer.analysis.judging import judge
from tracer.app.direct import open_store_file
from tracer.app.intake import open_store_to_import
from tracer.app.limits import lessons_of, limits_of
from tracer.cli.exits import run
from tracer.cli.main import cli
from tracer.clock import NS_PER_S, SystemClock
from tracer.config.settings import StallSettings
from tracer.store.keeper import Keeper
from tracer.store.options import StoreOptions
from tracer.store.store import Store
from tracer.views import TransactionQuery

DEFINITION = """
[[saga.order.step]]
name = "pay"
owner = "payment"
deadline = "7s"
[[saga.order.step]]
name = "ship"
owner = "shipping"
after = ["pay"]
completes = ["ParcelShipped"]
"""
HOUR_NS = 3600 * NS_PER_S
ENDED = 40


def records():
    """Give the records of forty transactions that ended, and of one that pays for an hour."""
    now_ns = SystemClock().now_ns()
    told = []
    for n in range(ENDED + 1):
        common = {"transaction_id": f"T{n}", "saga": "order", "source": "test", "received_ns": now_ns, "kind": "event"}
        at_ns = now_ns - HOUR_NS + n * NS_PER_S
        pays = {**common, "uid": f"{n}-1", "name": "pay", "step": "pay", "step_by": "attribute", "owner": "payment"}
        told.append({**pays, "phase": "started", "at_ns": at_ns})
        if n < ENDED:
            told.append({**pays, "uid": f"{n}-2", "phase": "completed", "at_ns": at_ns + NS_PER_S})
            ends = {"name": "ParcelShipped", "phase": "completed", "outcome": "completed"}
            told.append({**common, **ends, "uid": f"{n}-3", "at_ns": at_ns + 2 * NS_PER_S})
    return told


def lines():
    """Give them as a file that `export` wrote."""
    columns = ("kind", "step_by")
    kept = ({key: value for key, value in row.items() if key not in columns} | {"step_by": None} for row in records())
    return b"".join(json.dumps({k: v for k, v in row.items() if v is not None}).encode() + b"\n" for row in kept)


@pytest.fixture
def configure(tmp_path, monkeypatch):
    """Let a configuration apply, with or without the definition."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "order.toml").write_text(DEFINITION)

    def write(files: str = "[]", stalls: str = ""):
        text = f'[store]\npath = "s.duckdb"\n[stalls]\n{stalls}\n[sagas]\nfiles = {files}\n'
        (tmp_path / "c.toml").write_text(text)
        monkeypatch.setenv("SAGASCOPE_CONFIG", str(tmp_path / "c.toml"))

    write()
    return write


@pytest.fixture
def file(tmp_path):
    """A store that a sidecar without definitions has written."""
    clock, stalls = SystemClock(), StallSettings()
    with closing(Store.open(tmp_path / "s.duckdb", clock=clock, options=StoreOptions(stuck_after_s=300))) as store:
        keeper = Keeper(
            store=store, clock=clock, judge=partial(judge, limits=limits_of(stalls)), lessons=lessons_of(stalls)
        )
        keeper.append(table(records()))
        while keeper.fold() or keeper.learn():
            pass
    return tmp_path / "s.duckdb"


@pytest.fixture
def reindex(capfd):
    """Run the command; (exit code, stdout, stderr)."""

    def call(*options: str) -> tuple[int, str, str]:
        code = run(lambda: cli.main(["reindex", *options], prog_name="sagascope", standalone_mode=False))
        return (code, *capfd.readouterr())

    return call


def told(file):
    """Say what is told of the file: each transaction with its state, and what the open one is measured by."""
    with open_store_file(file) as reader:
        rows = reader.transactions(TransactionQuery(limit=1000, sort="transaction_id")).transactions
        (current,) = reader.transaction(f"T{ENDED}").current
        (saga,) = reader.sagas().sagas
    states = [(one.transaction_id, one.status, one.step, one.stall, one.started_at, one.ended_at) for one in rows]
    return states, current.threshold_s, current.threshold_source, saga.declared is not None, saga.learned


def counts(file):
    """Say how many transactions there are of each status."""
    with open_store_file(file) as reader:
        return reader.transactions(TransactionQuery()).counts


def spoil(file, statements):
    """Change the tables of the file, as a person with DuckDB can."""
    with duckdb.connect(file) as connection:
        connection.execute(statements)


@pytest.mark.usefixtures("configure")
def test_a_rebuild_tells_what_the_sidecar_told(file, reindex):
    """Whatever became of the state, it comes back from the records, and says how many there were."""
    before = told(file)
    spoil(file, "UPDATE txn SET status = 'failed', ended_ns = 1; DELETE FROM step; DELETE FROM coverage")
    assert {"failed": ENDED + 1} == counts(file)

    assert (0, f"rebuilt 41 transactions from 121 records in {file}\n", "") == reindex()
    assert before == told(file)
    assert {"learned"} == {before[2]}


def test_a_rebuild_goes_by_the_definitions_of_the_configuration(file, configure, reindex):
    """A definition that came later holds for what was there, as it does for a sidecar that reads it."""
    configure(files='["order.toml"]')
    code, out, err = reindex("--json")

    assert (0, "") == (code, err)
    assert {"store": str(file), "records": 121, "transactions": 41} == json.loads(out)
    assert (7.0, "declared", True) == told(file)[1:4]


def test_a_rebuild_goes_by_the_limits_of_the_configuration(file, configure, reindex):
    """Other limits hold for what was judged before, too."""
    assert {"completed": ENDED, "stuck": 1} == counts(file)
    configure(stalls='default_threshold = "9h"')
    reindex()

    assert (9 * 3600.0, "learned") == told(file)[1:3]
    assert {"completed": ENDED, "running": 1} == counts(file)


@pytest.mark.usefixtures("configure")
def test_a_file_that_is_not_there_is_not_made(tmp_path, reindex):
    """A typo in a path is an error, not an empty store."""
    code, out, err = reindex("--data", str(tmp_path / "other.duckdb"))

    assert (4, "") == (code, out)
    assert f"sagascope: there is no store at {tmp_path}/other.duckdb" in err
    assert not (tmp_path / "other.duckdb").exists()


def test_a_wrong_definition_is_told_before_anything_is_touched(file, configure, reindex, tmp_path):
    """The state stays as it was."""
    before = told(file)
    (tmp_path / "order.toml").write_text("[[saga.order.step]]\nname = 7\n")
    configure(files='["order.toml"]')
    code, out, err = reindex()
    configure()

    assert (2, "") == (code, out)
    assert "order.toml" in err
    assert before == told(file)


def test_an_import_is_told_like_live_traffic(file, configure, tmp_path):
    """What is imported is judged by the definitions, and learned from."""
    configure(files='["order.toml"]')
    with open_store_to_import(tmp_path / "new.duckdb") as importer:
        importer.import_records(lines())

    states, *rest = told(tmp_path / "new.duckdb")
    assert [7.0, "declared", True, True] == rest
    assert len(told(file)[0]) == len(states)


@pytest.mark.usefixtures("configure")
def test_an_import_learns_where_nothing_is_declared(tmp_path):
    """The thresholds of what was imported come from what was imported."""
    with open_store_to_import(tmp_path / "new.duckdb") as importer:
        importer.import_records(lines())

    assert ("learned", False, True) == told(tmp_path / "new.duckdb")[2:]


def test_an_import_keeps_the_definitions_of_the_file(configure, tmp_path):
    """Who imports where nothing is configured does not undo what the file's sidecar knows."""
    configure(files='["order.toml"]')
    with open_store_to_import(tmp_path / "new.duckdb") as importer:
        importer.import_records(lines())
    configure()
    with open_store_to_import(tmp_path / "new.duckdb") as importer:
        importer.import_records(lines())

    assert (7.0, "declared", True) == told(tmp_path / "new.duckdb")[1:4]


def test_an_import_goes_by_the_configuration_that_is_named(configure, tmp_path):
    """--config counts before the one of the environment."""
    configure(files='["order.toml"]')
    named = (tmp_path / "c.toml").rename(tmp_path / "named.toml")
    configure()
    with open_store_to_import(tmp_path / "new.duckdb", named) as importer:
        importer.import_records(lines())

    assert "declared" == told(tmp_path / "new.duckdb")[2]
