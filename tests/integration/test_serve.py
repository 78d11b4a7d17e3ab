"""`sagascope serve` as a process: its ready line, its signals, its errors, and everything that reads from it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

pytestmark = pytest.mark.integration

COMMAND = [sys.executable, "-m", "tracer.cli.main"]
SECRET = {"SAGASCOPE_API__TOKEN": "s3cret"}
FREE = ["--api", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0"]


@dataclass(frozen=True)
class Sidecar:
    """A running sidecar."""

    process: subprocess.Popen
    api: str
    otlp_grpc: str
    otlp_http: str


def clean_environment(folder: Path, **more: str) -> dict[str, str]:
    """Leave out what the person who runs the tests has configured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SAGASCOPE_", "OTEL_"))}
    return {**kept, "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder), **more}


def sagascope(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess:
    """Run a command to its end."""
    environment = clean_environment(folder, **environ)
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@contextmanager
def sidecar(folder: Path, *arguments: str, **environ: str) -> Iterator[Sidecar]:
    """Run a sidecar on free ports; it must drain and exit 0 at SIGTERM."""
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*COMMAND, "serve", *FREE, *arguments],
            cwd=folder, env=clean_environment(folder, **environ), stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
        try:
            line = process.stdout.readline()
            assert line.startswith("ready "), (folder / "log").read_text()
            facts = dict(part.split("=", 1) for part in line.split()[1:])
            yield Sidecar(process=process, **facts)
            process.send_signal(signal.SIGTERM)
            rest = process.stdout.read()
            assert (process.wait(30), rest) == (0, "")
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def send_spans(target: str, transaction_id: str, names: tuple[str, ...], *, outcome: str | None = None) -> None:
    """Send finished spans of a transaction by the real SDK, each on its own trace; the outcome is said by all."""
    exporter = OTLPSpanExporter(endpoint=f"http://{target}", insecure=True)
    provider = TracerProvider(resource=Resource.create({"service.name": "order"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    for name in names:
        attributes = {"saga.id": transaction_id, "saga.name": "order-fulfilment", "saga.step": name}
        attributes |= {"saga.outcome": outcome} if outcome else {}
        provider.get_tracer("test").start_span(name, attributes=attributes).end()
    provider.shutdown()


def until_listed(folder: Path, url: str, transaction_id: str) -> dict:
    """Ask until the list has the transaction; its line."""
    for _ in range(100):
        page = json.loads(sagascope(folder, "ls", "--json", "--url", url).stdout)
        for summary in page["transactions"]:
            if summary["transaction_id"] == transaction_id:
                return summary
        time.sleep(0.05)
    raise AssertionError("never listed")


def test_a_new_store_is_told_and_an_old_one_is_not(scratch):
    """A folder that is made for a typo is seen at once."""
    told = []
    for _ in range(2):
        with sidecar(scratch, "--data", "odd/s.duckdb"):
            told.append("store created path=odd/s.duckdb" in (scratch / "log").read_text())

    assert told == [True, False]


def test_the_whole_way_and_back_from_the_file(scratch):
    """Real spans in; ls, show, records, sql and collectors out; the same from the file when the sidecar is gone."""
    with sidecar(scratch, "--data", "s.duckdb") as running:
        send_spans(running.otlp_grpc, "ORD/1 ü", ("reserve", "pay"))
        listed = until_listed(scratch, running.api, "ORD/1 ü")
        live = json.loads(sagascope(scratch, "show", "ORD/1 ü", "--json", "--url", running.api).stdout)
        records = json.loads(sagascope(scratch, "records", "ORD/1 ü", "--json", "--url", running.api).stdout)
        rows = sagascope(scratch, "sql", "select name from records order by at_ns", "--json", SAGASCOPE_URL=running.api)
        collectors = json.loads(sagascope(scratch, "collectors", "--json", "--url", running.api).stdout)
        locked = sagascope(scratch, "ls", "--data", "s.duckdb")
        unknown = sagascope(scratch, "show", "ORD/1 u", "--url", running.api)
    file = json.loads(sagascope(scratch, "show", "ORD/1 ü", "--json", "--data", "s.duckdb").stdout)
    parquet = sagascope(
        scratch, "sql", "select * from records", "--format", "parquet", "--output", "r.parquet", "--data", "s.duckdb"
    )

    assert (listed["saga"], listed["owner"]) == ("order-fulfilment", "order")
    assert [entry["name"] for entry in live["timeline"]] == ["reserve", "pay"]
    assert records["total"] == 2
    assert json.loads(rows.stdout) == [{"name": "reserve"}, {"name": "pay"}]
    assert collectors["coverage"][0]["by_id"] == 2
    assert (locked.returncode, str(running.process.pid) in locked.stderr) == (4, True)
    assert (unknown.returncode, "did you mean ORD/1 ü?" in unknown.stderr) == (3, True)
    assert file["timeline"] == live["timeline"]
    assert (parquet.returncode, (scratch / "r.parquet").read_bytes()[:4]) == (0, b"PAR1")


def test_nobody_else_reads_what_is_stored(scratch):
    """The folder that we make, the store and its log are for the user that the sidecar runs as alone."""
    before = os.umask(0o022)
    try:
        with sidecar(scratch, "--data", "made/here/s.duckdb") as running:
            send_spans(running.otlp_grpc, "ORD-1", ("reserve",))
            files = sorted((scratch / "made" / "here").iterdir())
            modes = {path.name: oct(path.stat().st_mode & 0o777) for path in [*files, scratch / "made" / "here"]}
    finally:
        os.umask(before)

    assert modes == {"here": "0o700", "s.duckdb": "0o600", "s.duckdb.wal": "0o600"}


def test_what_is_accepted_before_a_stop_is_there_after_it(scratch):
    """SIGTERM right after the acknowledgement loses nothing."""
    with sidecar(scratch, "--data", "s.duckdb") as running:
        send_spans(running.otlp_grpc, "ORD-1", tuple(f"step-{n}" for n in range(20)))
    page = json.loads(sagascope(scratch, "records", "ORD-1", "--json", "--data", "s.duckdb").stdout)

    assert page["total"] == 20


def test_a_second_sidecar_on_the_same_file_is_told_who_holds_it(scratch):
    """Exit 4, one line with the file and the process."""
    with sidecar(scratch, "--data", "s.duckdb") as running:
        second = sagascope(scratch, "serve", *FREE, "--data", "s.duckdb")

    assert (second.returncode, second.stdout) == (4, "")
    assert f"s.duckdb is held by process {running.process.pid}" in second.stderr


@pytest.mark.parametrize("option", ["--api", "--otlp-grpc", "--otlp-http"])
def test_a_port_in_use_is_exit_2_and_named(scratch, option):
    """What is taken, on which address; the store is let go of again."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        refused = sagascope(scratch, "serve", *FREE, option, address, "--data", "s.duckdb")
    after = sagascope(scratch, "ls", "--data", "s.duckdb")

    assert (refused.returncode, refused.stdout, after.returncode) == (2, "", 0)
    assert f"cannot listen on {address}" in refused.stderr.splitlines()[-1]


@pytest.mark.parametrize("key", ["SAGASCOPE_FORWARD__ENDPOINT", "SAGASCOPE_TELEMETRY__OTLP_ENDPOINT"])
def test_sending_to_itself_is_refused(scratch, key):
    """A loop is found at the start, not by a full disk."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    refused = sagascope(
        scratch, "serve", *FREE, "--otlp-grpc", address, "--data", "s.duckdb", **{key: f"http://{address}"}
    )

    assert (refused.returncode, "is this sidecar's own listener" in refused.stderr) == (2, True)


def test_a_configuration_error_is_exit_2_before_anything_is_touched(scratch):
    """No store is made for a configuration that is wrong."""
    (scratch / "sagascope.toml").write_text('[store]\npaht = "s.duckdb"\n')
    serve, check = sagascope(scratch, "serve"), sagascope(scratch, "check-config")
    expected = f'sagascope: {scratch}/sagascope.toml:2: [store] paht: no such key; did you mean "path"?\n'

    assert (serve.returncode, check.returncode) == (2, 2)
    assert (serve.stderr, check.stderr) == (expected, expected)
    assert sorted(path.name for path in scratch.iterdir()) == ["sagascope.toml"]


def test_check_config_prints_what_would_run(scratch):
    """Every setting with its unit, the collector's options too, secrets only as set."""
    (scratch / "sagascope.toml").write_text('[[alerts]]\nname = "a"\n[collectors.main]\ntype = "otlp"\n')
    printed = sagascope(scratch, "check-config", **SECRET)
    document = json.loads(sagascope(scratch, "check-config", "--json", **SECRET).stdout)

    assert printed.returncode == 0
    assert "s3cret" not in printed.stdout
    assert 'default_threshold = "5m"' in printed.stdout
    assert ("a", "stuck") == (document["settings"]["alerts"][0]["name"], document["settings"]["alerts"][0]["when"])
    assert document["settings"]["collectors"]["main"]["grpc"] == "127.0.0.1:4317"
    assert document["settings"]["api"]["token"] == "(set)"  # noqa: S105  what is printed instead of it


def test_the_api_of_a_real_sidecar_answers(scratch):
    """Health, readiness and metrics are those of what runs."""
    with sidecar(scratch, "--data", "s.duckdb") as running:
        answers = {}
        for path in ("healthz", "readyz", "metrics", "openapi.json"):
            with urllib.request.urlopen(f"{running.api}/{path}") as response:  # noqa: S310  our own
                answers[path] = response.read().decode()

    assert json.loads(answers["readyz"]) == {"ready": True, "details": []}
    assert 'sagascope_collector_up{collector="otlp",type="otlp"} 1.0' in answers["metrics"]
    assert "sagascope_store_up 1.0" in answers["metrics"]


def test_the_sidecar_reports_itself_to_another(scratch):
    """Its own traces arrive over OTLP at a sidecar that is another process."""
    first, second = scratch / "first", scratch / "second"
    first.mkdir()
    second.mkdir()
    with sidecar(first, "--data", "s.duckdb") as receiving:
        endpoint = {"SAGASCOPE_TELEMETRY__OTLP_ENDPOINT": f"http://{receiving.otlp_grpc}"}
        with sidecar(second, "--data", "s.duckdb", **endpoint) as watched:
            send_spans(watched.otlp_grpc, "ORD-1", ("pay",))
            sagascope(second, "ls", "--url", watched.api)
        names = sagascope(first, "sql", "select distinct name from records", "--json", "--url", receiving.api)

    assert {"commit", "GET /v1/transactions"} <= {row["name"] for row in json.loads(names.stdout)}


def test_the_sidecar_passes_on_what_it_received(scratch):
    """[forward] in front of another sidecar: both have the same records."""
    first, second = scratch / "first", scratch / "second"
    first.mkdir()
    second.mkdir()
    with sidecar(first, "--data", "s.duckdb") as behind:
        with sidecar(
            second, "--data", "s.duckdb", SAGASCOPE_FORWARD__ENDPOINT=f"http://{behind.otlp_grpc}"
        ) as in_front:
            send_spans(in_front.otlp_grpc, "ORD-1", ("reserve", "pay"))
        page = json.loads(sagascope(first, "records", "ORD-1", "--json", "--url", behind.api).stdout)

    assert [record["name"] for record in page["records"]] == ["reserve", "pay"]


def test_every_metric_is_documented(scratch):
    """What /metrics gives is in the tables of the page; those of a signal or a notifier appear with their first."""
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
    told = set(re.findall(r"^\| `(sagascope_\w+)` \|", page, re.MULTILINE))
    later = {name for name in told if re.search(r"_requests_(traces_http|logs_grpc|logs_http)_total", name)}
    settings = {
        "SAGASCOPE_FORWARD__ENDPOINT": "http://127.0.0.1:1", "SAGASCOPE_STALLS__DEFAULT_THRESHOLD": "1s",
        "SAGASCOPE_NOTIFIERS__HOOK__TYPE": "webhook", "SAGASCOPE_NOTIFIERS__HOOK__URL": "http://127.0.0.1:1",
    }  # fmt: skip
    with sidecar(scratch, "--data", "s.duckdb", **settings) as running:
        send_spans(running.otlp_grpc, "ORD-1", ("pay",))
        send_spans(running.otlp_grpc, "ORD-2", ("pay",), outcome="completed")
        given = metrics_until(running.api, "sagascope_stalls", "sagascope_alert_deliveries")

    assert given == told - later
    assert len(later) == 3


def metrics_until(api: str, *wanted: str) -> set[str]:
    """Scrape until there are metrics of these names; all names."""
    for _ in range(100):
        with urllib.request.urlopen(f"{api}/metrics") as response:  # noqa: S310  our own
            names = set(re.findall(r"^# TYPE (sagascope_\w+)", response.read().decode(), re.MULTILINE))
        if names.issuperset(wanted):
            return names
        time.sleep(0.1)
    raise AssertionError("never told")


def test_beyond_loopback_with_tls_and_a_token(scratch, require_program):
    """A listener for other machines speaks TLS and asks for the token; the command line gives both."""
    openssl = require_program("openssl")
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    make = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "key", "-out", "cert"]
    subprocess.run([*make, *subject], cwd=scratch, check=True, capture_output=True, timeout=60)
    (scratch / "token").write_text("s3cret\n")
    (scratch / "sagascope.toml").write_text(
        '[api]\nlisten = "0.0.0.0:0"\ntoken_file = "token"\ntls_cert = "cert"\ntls_key = "key"\n'
    )
    command = [*COMMAND, "serve", *FREE[2:], "--data", "s.duckdb"]
    environment = clean_environment(scratch)
    with subprocess.Popen(command, cwd=scratch, env=environment, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().split()[1].removeprefix("api=").replace("0.0.0.0", "localhost")  # noqa: S104  as it says
        trusted = {"SSL_CERT_FILE": str(scratch / "cert")}
        with_both = sagascope(scratch, "ls", "--url", url, "--token-file", "token", **trusted)
        without_token = sagascope(scratch, "ls", "--url", url, **trusted)
        without_trust = sagascope(scratch, "ls", "--url", url, "--token-file", "token")
        process.terminate()

    assert url.startswith("https://localhost:")
    assert (with_both.returncode, with_both.stderr) == (0, "")
    assert (without_token.returncode, "--token-file" in without_token.stderr) == (2, True)
    assert (without_trust.returncode, "CERTIFICATE_VERIFY_FAILED" in without_trust.stderr) == (4, True)


def test_bytes_that_are_not_http_do_no_harm(scratch):
    """Random bytes, half requests, endless headers on the API: it answers the next one, its log stays short."""
    garbage = (
        b"\x00\xff" * 5000,
        b"GET /v1",
        b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 100_000,
        b"\x16\x03\x01\x02\x00",
        b"",
    )
    with sidecar(scratch, "--data", "s.duckdb") as running:
        host, _, port = running.api.removeprefix("http://").partition(":")
        for content in garbage:
            try:
                with socket.create_connection((host, int(port)), timeout=5) as stranger:
                    stranger.sendall(content)
            except OSError:
                continue  # it closed the door in our face, as it may
        answer = sagascope(scratch, "ls", "--url", running.api)
    log = (scratch / "log").read_text()

    assert answer.returncode == 0
    assert "Traceback" not in log
    assert len(log.splitlines()) < 10
