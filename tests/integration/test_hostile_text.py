"""Malicious text in telemetry, and what people then see of it in their terminal."""

import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl

import pytest

from tests.doors import (
    JSON,
    PROTOBUF,
    TEXTS,
    besieged,
    grpc_code,
    http_status,
    is_well,
    json_request,
    protobuf_request,
)
from tests.faults import wait_folded

pytestmark = pytest.mark.integration

SEQUENCES = (
    *(b"\x1b]0;PWNED", b"PWNED\x07", b"\x1b]52;c;UFdORUQ", b"\x1b[31mPWNED"),
    *(b"\xc2\x9b31m", b"\xc2\x9d0;", b"\x00", b"\xe2\x80\xae"),
)
CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A sidecar that outlives every test here in good order."""
    with besieged(tmp_path_factory.mktemp("hostile") / "store.duckdb") as running:
        yield running


@pytest.fixture(scope="module")
def told(served):
    """The sidecar after every hostile text came in through every door; the ids of the transactions."""
    for name, text in TEXTS.items():
        assert {"OK"} == grpc_code(served, protobuf_request(f"grpc-{name}", text)), name
        assert 200 == http_status(served.otlp_http, "/v1/traces", protobuf_request(f"http-{name}", text), PROTOBUF), (
            name
        )
        assert 200 == http_status(served.otlp_http, "/v1/traces", json_request(name, text), JSON), name
    wait_folded(served.client)
    ways = ("protobuf-grpc", "protobuf-http", "json")
    return served, [f"{text[:2000]}-{way}-{name}" for name, text in TEXTS.items() for way in ways]


def sagascope(served, command, *arguments):
    """Run a command as a person would; its exit code and all that it wrote, as bytes."""
    line = [sys.executable, "-m", "tracer.cli.main", command, "--url", served.api, *arguments]
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=60)
    return done.returncode, done.stdout


def test_no_control_character_of_the_data_reaches_a_terminal(told):
    """`ls`, `show`, `records`, `collectors` and `sql` print no control character, whatever came in."""
    served, ids = told
    asked = [("ls", "--limit", "100"), ("collectors",), ("sql", "SELECT * FROM records", "--limit", "100")]
    chosen = [each for each in ids if "\x00" not in each and "json" in each]
    asked += [(command, "--", each) for each in chosen for command in ("show", "records")]
    said = {arguments: sagascope(served, *arguments) for arguments in asked}

    assert {0} == {code for code, _ in said.values()}
    assert [] == [(arguments, CONTROL.findall(out)) for arguments, (_, out) in said.items() if CONTROL.search(out)]


def test_json_is_valid_whatever_came_in(told):
    """Every --json is one JSON document in UTF-8, and gives texts as they came."""
    served, ids = told
    listed = json.loads(sagascope(served, "ls", "--json", "--limit", "1000")[1].decode())
    rows = json.loads(sagascope(served, "sql", "SELECT * FROM records", "--json", "--limit", "1000")[1].decode())

    assert set(ids) <= {each["transaction_id"] for each in listed["transactions"]}
    assert {text for text in TEXTS.values() if len(text) < 4000} <= {row["name"] for row in rows}
    for each in ids[::5]:
        shown = served.client.transaction(each)
        assert each == shown.transaction_id


def test_text_that_is_not_text_is_refused(served):
    """Invalid UTF-8 and lone surrogates are refused as malformed, or taken with stand-ins, at every door."""
    valid = protobuf_request("utf8", "MARKMARK")
    broken = valid.replace(b"MARKMARK", b"\xff\xfe\xc3\x28\xed\xa0\x80M")
    surrogate = json_request("surrogate", "MARK").replace(b"MARK", b"\\ud800")
    raw = json_request("raw", "MARK").replace(b"MARK", b"\xff\xfeMK")

    assert grpc_code(served, broken) <= {"OK", "INVALID_ARGUMENT"}
    assert {http_status(served.otlp_http, "/v1/traces", broken, PROTOBUF)} <= {200, 400}
    assert {http_status(served.otlp_http, "/v1/traces", body, JSON) for body in (surrogate, raw)} <= {200, 400}
    assert is_well(served)
    json.loads(sagascope(served, "sql", "SELECT * FROM records", "--json", "--limit", "1000")[1].decode())


def test_no_control_character_of_the_data_reaches_the_terminal_interface(told):
    """`sagascope tui` on a real terminal never writes a control sequence of the data, on no screen, and lives on."""
    served, ids = told
    screens = bytearray()
    for name in ("title", "clear", "c1", "bidi"):
        (transaction,) = [each for each in ids if each.endswith(f"-json-{name}")]
        opening = ["tui", "--url", served.api, f"--open={transaction}"]
        screens += terminal(opening, [b"\t", b"\r", b"\x1b", b"q", b"j"])

    assert b"PWNED" in screens
    assert [] == [sequence for sequence in SEQUENCES if sequence in screens]


def terminal(arguments, keys):
    """Run a command on a terminal of its own and press keys; everything it wrote. It has to end with 0."""
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "tracer.cli.main", *arguments],
        stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env={**os.environ, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(slave)
    wrote = read_for(master, 2.5)
    for key in keys:
        os.write(master, key)
        wrote += read_for(master, 0.5)
    os.write(master, b"\x11")
    wrote += read_for(master, 1.0)
    code = process.wait(timeout=20)
    os.close(master)
    assert 0 == code
    return wrote


def read_for(terminal, seconds):
    """Read what is written in so many seconds."""
    wrote, until = b"", time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and select.select([terminal], [], [], left)[0]:
        try:
            wrote += os.read(terminal, 65536)
        except OSError:  # it has ended
            break
    return wrote
