"""Records out of a running sidecar, into another one and into a file, by the real programs."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.sidecars import SAGASCOPE, environment, run, serving

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
    advice = "(imported before it: 1 record): mend it, or leave it out with --keep-going"
    assert (2, "", f"sagascope: {reason} {advice}\n") == stopped
    assert (0, "imported 2 records, 1 was there already, 2 refused\n") == went_on[:2]
    assert [f"refused: {reason}", f"refused: {file}: line 4: Input data was truncated"] == went_on[2].splitlines()
