"""A line of a file of records: what it may leave out, and what is refused with its reason."""

from __future__ import annotations

import json

import pytest

from tracer.errors import Rejected
from tracer.exchange.columns import COLUMNS, as_file
from tracer.exchange.files import checked, detect, file_lines
from tracer.exchange.pieces import in_pieces, records_of
from tracer.exchange.reading import RecordLine, batch_of, line_of

LEAST = {"uid": "bank-1", "at_ns": 1, "name": "Booked"}


def text(**changes: object) -> bytes:
    """Write the least line there is, changed."""
    return json.dumps({**LEAST, **changes}).encode()


def test_a_line_needs_little():
    """What a line leaves out has its default; the time it came in is the caller's."""
    (row,) = batch_of([line_of(text())], received_ns=7).to_pylist()
    said = {name: value for name, value in row.items() if value is not None}

    assert {
        "uid": "bank-1", "at_ns": 1, "name": "Booked", "phase": "observed", "kind": "event", "status": "unset",
        "received_ns": 7, "source": "import", "attributes": "{}", "span_id": 0, "parent_span_id": 0,
    } == {name: value for name, value in said.items() if name != "trace_id"}  # fmt: skip
    assert said["trace_id"].int == 0


def test_a_line_has_the_columns_of_a_file():
    """Every column of the file can be read, and nothing else but seq."""
    assert {*COLUMNS, "seq"} == set(RecordLine.__struct_fields__)


def test_json_columns_are_kept_to_the_byte():
    """Numbers keep their digits: they are text to us."""
    line = b'{"uid":"x","at_ns":1,"name":"n","attributes":{"a": 1.50, "b":123456789012345678901234567890}}'
    batch = batch_of([line_of(line)], received_ns=0)

    assert ['{"a": 1.50, "b":123456789012345678901234567890}'] == batch.column("attributes").to_pylist()
    assert batch.column("attributes").to_pylist() == as_file(batch).column("attributes").to_pylist()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "truncated"),
        (b'{"at_ns":1}', "missing required field `name`"),
        (text(at_ns="noon"), "Expected `int`, got `str` - at `$.at_ns`"),
        (text(at_ns=1 << 63), "$.at_ns"),
        (text(phase="finished"), "Invalid enum value 'finished' - at `$.phase`"),
        (text(trace_id="xyz"), "$.trace_id"),
        (text(span_id="00F067AA0BA902B7"), "$.span_id"),
        (text(attempt=1 << 31), "$.attempt"),
        (text(attributes=[]), "attributes must be an object"),
        (text(links={}), "links must be an array"),
        (text(aliases="x"), "aliases must be an object"),
        (b'{"uid":"x","at_ns":1,"name":"n","attributes":{"a":"\\ud800"}}', "truncated"),
        (b'{"uid":"x","at_ns":1,"name":"\xff"}', ""),
        (text(uid=None), "uid is missing"),
        (text(uid=None, trace_id="1" * 32), "uid is missing"),
        (text(colour="red"), "unknown field `colour`"),
        (b'{"topic":"orders","value":{}}', "is it a dump of a topic? Then say --topic or --collector"),
        (b"[" * 100_000, ""),
    ],
)
def test_what_is_no_record_is_refused_with_its_reason(line, reason):
    """Column by column, in words that name it."""
    with pytest.raises(Rejected) as refused:
        line_of(line)

    assert reason in str(refused.value)


def test_an_overlong_line_is_named_and_passed_over(tmp_path, monkeypatch):
    """A line over the limit is refused by its number, and what follows is read."""
    monkeypatch.setattr("tracer.exchange.files.MAX_LINE_BYTES", 1 << 20)
    file = tmp_path / "x.ndjson"
    file.write_bytes(text() + b"\n" + b" " * 3 + b"x" * ((1 << 20) + 10) + b"\n\n" + text(uid="b"))
    seen = [(line.number, bad.reason if bad else None) for line, bad in checked(file, "ndjson")]

    assert [(1, None), (2, "it is longer than 1 MiB"), (4, None)] == seen


def test_pieces_keep_the_order_and_their_bounds(tmp_path, monkeypatch):
    """Lines come in pieces of at most so many, and what stood before a bad line comes before it."""
    monkeypatch.setattr("tracer.exchange.pieces.PIECE_LINES", 2)
    file = tmp_path / "x.ndjson"
    file.write_bytes(b"\n".join([text(uid=str(n)) for n in range(3)] + [b"bad"] + [text(uid="3")]))
    pieces = list(records_of(file, "auto"))

    assert [2, 1, "bad", 1] == [len(one.split(b"\n")) if isinstance(one, bytes) else "bad" for one in pieces]
    assert [] == list(in_pieces([]))


def test_a_large_line_is_a_piece_by_itself(tmp_path, monkeypatch):
    """A record that is larger than a piece is sent alone, whatever stands around it."""
    monkeypatch.setattr("tracer.exchange.pieces.PIECE_BYTES", 1_000)
    file = tmp_path / "x.ndjson"
    file.write_bytes(b"\n".join([text(uid="a"), text(uid="b" * 2_000), text(uid="c")]))

    assert [1, 1, 1] == [len(one.split(b"\n")) for one in records_of(file, "auto")]


def test_the_format_is_told_by_the_first_bytes(tmp_path):
    """Whatever a file is called."""
    (tmp_path / "a").write_bytes(b"PAR1...")
    (tmp_path / "b.parquet").write_bytes(b'{"a": 1}\n\n{"b": 2}')

    assert ["parquet", "ndjson"] == [detect(tmp_path / name) for name in ("a", "b.parquet")]
    assert [1, 3] == [line.number for line in file_lines(tmp_path / "b.parquet", "ndjson")]
