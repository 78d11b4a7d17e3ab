"""Records out of a running sidecar, into another one and into a file, by the real programs."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.faults import wait_folded
from tests.sidecars import SAGASCOPE, environment, run, serving
from tracer.client import Client

pytestmark = pytest.mark.integration
RECORDS = 20_000
NOON_NS = 1_772_000_000_000_000_000


def record(n: int) -> dict[str, object]:
    """Make one of ten steps of a transaction."""
    return {
        "uid": f"orders/0/{n}", "transaction_id": f"ORD-{n // 10}", "saga": "order" if n % 20 < 10 else "transfer",
        "name": f"step {n % 10}", "step": f"s{n % 10}", "phase": "completed", "at_ns": NOON_NS + n * 1_000_000,
        "received_ns": NOON_NS, "source": "test", "attributes": {"n": n, "d": 1.50, "t": "ä\x1b"},
    }  # fmt: skip


def imported(*arguments: str) -> tuple[int, str, str]:
    """Run import; (exit code, stdout, stderr)."""
    done = subprocess.run(
        [*SAGASCOPE, "import", *arguments], env=environment(), capture_output=True, text=True, check=False, timeout=100
    )
    return done.returncode, done.stdout, done.stderr


def test_records_go_from_one_sidecar_to_another_and_into_a_file(tmp_path):
    """What one exports the other imports, once however often; a file takes it too, and gives the same bytes."""
    given, out, parquet = tmp_path / "given.ndjson", tmp_path / "out.ndjson", tmp_path / "out.parquet"
    given.write_text("".join(json.dumps(record(n)) + "\n" for n in range(RECORDS)))
    with serving(tmp_path / "one.duckdb") as one:
        assert (0, f"imported {RECORDS:,} records, 0 were there already, 0 refused\n", "") == imported(
            str(given), "--url", one.api
        )
        wait_folded(Client(one.api))  # of which saga a record is follows from its transaction
        run("export", str(out), "--url", one.api)
        run("export", str(parquet), "--url", one.api)
        few = run("export", "--txn", "ORD-7", "--txn", "ORD-8", "--url", one.api).splitlines()
        some = run("export", "--saga", "transfer", "--since", "2026-02-25T06:13:30Z", "--url", one.api).splitlines()
        shown = one.show("ORD-7")
    with serving(tmp_path / "other.duckdb") as other:
        assert (
            f"imported {RECORDS:,} records, 0 were there already, 0 refused\n"
            == imported(str(parquet), "--url", other.api)[1]
        )
        assert (
            f"imported 0 records, {RECORDS:,} were there already, 0 refused\n"
            == imported(str(out), "--url", other.api)[1]
        )
        again = other.show("ORD-7")
    written = imported(str(out), "--data", str(tmp_path / "file.duckdb"))[1]
    same = run("export", "--data", str(tmp_path / "file.duckdb"))

    assert RECORDS == len(out.read_text().splitlines())
    assert [*range(70, 90)] == [json.loads(line)["attributes"]["n"] for line in few]
    assert {"transfer"} == {json.loads(line)["saga"] for line in some}
    assert 5_000 == len(some)
    assert shown["steps"] == again["steps"]
    assert f"imported {RECORDS:,} records, 0 were there already, 0 refused\n" == written
    assert out.read_text() == same


def test_a_bad_line_ends_the_import_and_is_named(tmp_path):
    """The first line that is no record ends it with 2, or is left out and told with --keep-going."""
    file, data = tmp_path / "given.ndjson", f"--data={tmp_path / 's.duckdb'}"
    lines = [json.dumps(record(n)) for n in range(3)]
    lines[1:1] = ['{"uid": "x", "at_ns": "noon", "name": "y"}', "", "{"]
    file.write_text("\n".join(lines))
    stopped = imported(str(file), data)
    went_on = imported(str(file), data, "--keep-going")

    reason = f"{file}: line 2: Expected `int`, got `str` - at `$.at_ns`"
    unfiled = "not filed by transaction until a sidecar runs on the store or the import is completed"
    advice = f"(imported before it: 1 record, {unfiled}): mend it, or leave it out with --keep-going"
    assert (2, "", f"sagascope: {reason} {advice}\n") == stopped
    assert (0, "imported 2 records, 1 was there already, 2 refused\n") == went_on[:2]
    assert [f"refused: {reason}", f"refused: {file}: line 4: Input data was truncated"] == went_on[2].splitlines()


MAPPING = """
[collectors.kafka]
type = "kafka"
bootstrap_servers = ["127.0.0.1:1"]
topics = ["orders"]
[[collectors.kafka.mapping]]
topic = "orders"
transaction_id = "$.orderId"
saga = "=order"
time = "$.at"
phase = { from = "$.type", values = { Placed = "txn_started", Reserved = "completed" } }
"""


def event(n: int) -> dict[str, object]:
    """Make a message as `kcat -J` prints it."""
    payload = {"orderId": f"ORD-{n % 3}", "type": "Placed" if n < 3 else "Reserved", "at": NOON_NS // 10**9 + n}
    return {"topic": "orders", "partition": 0, "offset": n, "ts": NOON_NS // 10**6, "payload": json.dumps(payload)}


def test_a_dump_of_a_topic_is_decoded_as_its_collector_would(tmp_path):
    """Messages become records by the configured mapping, once; map-try says the same before anything runs."""
    file, config = tmp_path / "dump.ndjson", tmp_path / "sagascope.toml"
    config.write_text(MAPPING)
    poison = {"topic": "orders", "partition": 0, "offset": 99, "payload": "poison"}
    file.write_text("\n".join(json.dumps(one) for one in [*(event(n) for n in range(6)), poison]))
    where = ("--topic", "orders", "--config", str(config), "--data", str(tmp_path / "s.duckdb"))
    tried = json.loads(run("map-try", str(file), "--config", str(config), "--json"))
    first, second = imported(str(file), *where), imported(str(file), *where)
    query = "SELECT transaction_id, saga, phase, uid FROM records ORDER BY at_ns"
    stored = json.loads(run("sql", query, "--json", "--data", str(tmp_path / "s.duckdb")))

    assert (0, "imported 6 records, 0 were there already, 1 refused\n") == first[:2]
    assert (0, "imported 0 records, 6 were there already, 1 refused\n") == second[:2]
    assert first[2].startswith("refused: orders/0/99: value is not JSON")
    assert 6 == len(stored)
    assert [(row["transaction_id"], row["phase"]) for row in stored] == [
        (one["transaction_id"], one["phase"]) for one in tried["messages"]
    ]
    assert ["orders/0/99"] == [f"{one['topic']}/{one['partition']}/{one['offset']}" for one in tried["refused"]]


def test_a_file_is_rebuilt_when_no_sidecar_holds_it(tmp_path):
    """Beside a sidecar it is refused with the process that holds the file; after it, the same is told as before."""
    given, data = tmp_path / "given.ndjson", f"--data={tmp_path / 's.duckdb'}"
    given.write_text("".join(json.dumps(record(n)) + "\n" for n in range(100)))
    command = [*SAGASCOPE, "reindex", data]
    with serving(tmp_path / "s.duckdb") as one:
        imported(str(given), "--url", one.api)
        before = one.show("ORD-7")
        refused = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, timeout=60)
    rebuilt = json.loads(run("reindex", data, "--json"))
    again = json.loads(run("show", "ORD-7", data, "--json"))

    assert (4, "") == (refused.returncode, refused.stdout)
    assert "is held by process" in refused.stderr
    assert {"store": str(tmp_path / "s.duckdb"), "records": 100, "transactions": 10} == rebuilt
    assert before["steps"] == again["steps"]
