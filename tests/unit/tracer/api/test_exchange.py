"""`/v1/export` and `/v1/import` over a real store: what they give, what they refuse, and that nothing is half done."""

from __future__ import annotations

import http.client
import json
import threading
from contextlib import closing, contextmanager
from datetime import datetime
from urllib.parse import urlsplit

import pytest

from tests.api_fakes import FakeReplays, FakeSidecar, listening
from tests.worlds import NOON_NS, Lab
from tracer.api import exchange
from tracer.app.intake import StoreIntake
from tracer.client import Client
from tracer.config.settings import ApiSettings
from tracer.errors import Busy, NotFound, Unreachable, UsageError
from tracer.exchange import pages, pieces
from tracer.exchange.pieces import records_of
from tracer.model.exports import ExportQuery, Imported


def lines(count: int, **changes: object) -> bytes:
    """Write records of ten to a transaction, a tenth of a second apart."""
    rows = (
        {
            "uid": f"u{n}",
            "at_ns": NOON_NS + n * 10**8,
            "name": "n",
            "transaction_id": f"T{n // 10}",
            "saga": f"s{n // 10 % 2}",
        }
        for n in range(count)
    )
    return b"".join(json.dumps({**row, **changes}).encode() + b"\n" for row in rows)


@contextmanager
def served(**settings: object):
    """Serve a store in memory; (client, lab)."""
    with closing(Lab()) as lab:
        own = ApiSettings(listen="127.0.0.1:0", **settings)
        with listening(
            lab.queries, FakeSidecar(), FakeReplays(), own, intake=StoreIntake(lab.keeper, lab.clock)
        ) as url:
            client = Client(url)
            try:
                yield client, lab
            finally:
                client.close()


def post(client: Client, body: bytes, content_type: str = "application/x-ndjson", **headers: str) -> tuple[int, dict]:
    """Send a body as a stranger would; (status, answer)."""
    with closing(http.client.HTTPConnection(urlsplit(client.url).netloc, timeout=20)) as connection:
        connection.request("POST", "/v1/import", body, {"Content-Type": content_type, **headers})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def ids(made: bytes) -> list[str]:
    """Give the transactions of exported lines, each once."""
    return list(dict.fromkeys(json.loads(line)["transaction_id"] for line in made.splitlines()))


def test_what_is_imported_is_exported_page_by_page(monkeypatch):
    """All records in the order of arrival, over pages of a few; importing them again stores nothing."""
    monkeypatch.setattr(pages, "MAX_ROWS", 7)
    with served() as (client, lab):
        assert Imported(stored=100, duplicates=0) == client.import_records(lines(100))
        assert Imported(stored=0, duplicates=100) == client.import_records(lines(100))
        made = b"".join(client.export(ExportQuery(), "ndjson"))

        assert [f"T{n}" for n in range(10)] == ids(made)
        assert Imported(stored=0, duplicates=100) == client.import_records(made)
        assert [(100,)] == lab.rows("SELECT count(*) FROM record")


def test_filters_all_hold():
    """By transaction before and after the fold, by saga, and by time."""
    with served() as (client, lab):
        client.import_records(lines(100))
        at = [datetime.fromisoformat(f"2023-11-14T22:13:{second}+00:00") for second in ("25", "25.900000")]

        assert ["T3"] == ids(b"".join(client.export(ExportQuery(transactions=("T3",)), "ndjson")))
        lab.settle()
        assert ["T3", "T4"] == ids(b"".join(client.export(ExportQuery(transactions=("T4", "T3")), "ndjson")))
        assert ["T1", "T3", "T5", "T7", "T9"] == ids(b"".join(client.export(ExportQuery(sagas=("s1",)), "ndjson")))
        assert ["T4"] == ids(b"".join(client.export(ExportQuery(sagas=("s0",), transactions=("T3", "T4")), "ndjson")))
        some = b"".join(client.export(ExportQuery(since=at[0], until=at[1]), "ndjson")).splitlines()
        assert 10 == len(some)
        with pytest.raises(NotFound):
            list(client.export(ExportQuery(transactions=("none",)), "ndjson"))


def test_a_body_is_taken_whole_or_not_at_all():
    """A line that is none is named, and nothing of its body is stored."""
    with served() as (client, lab):
        status, problem = post(client, lines(3) + b"{\n")

        assert (400, True) == (status, problem["detail"].startswith("line 4 is no record, and nothing was imported"))
        assert [(0,)] == lab.rows("SELECT count(*) FROM record")
        with pytest.raises(UsageError):
            client.import_records(b'{"at_ns": 1}')
        assert (200, {"stored": 0, "duplicates": 0}) == post(client, b"\n \n")


def test_what_is_not_meant_for_import_is_refused(monkeypatch):
    """Another content type, which a web page could send, another host's name, and a body that is too large."""
    monkeypatch.setattr(exchange, "MAX_IMPORT_BYTES", 1000)
    with served() as (client, lab):
        assert 415 == post(client, lines(1), "text/plain")[0]
        assert 421 == post(client, lines(1), Host="evil.example")[0]
        assert 413 == post(client, lines(50))[0]
        assert [(0,)] == lab.rows("SELECT count(*) FROM record")


def test_a_large_record_comes_back_from_its_export(tmp_path, monkeypatch):
    """One that is larger than a body of several records goes out, through a file, and in again."""
    monkeypatch.setattr(exchange, "MAX_IMPORT_BYTES", 100_000)
    monkeypatch.setattr(pieces, "PIECE_BYTES", 50_000)
    with served() as (client, _):
        large = b'{"uid": "large", "at_ns": 1, "name": "x", "attributes": {"t": "%s"}}' % (b"x" * (200_000))
        assert Imported(stored=1, duplicates=0) == client.import_records(large + b"\n")
        client.import_records(lines(3))
        file = tmp_path / "x.ndjson"
        file.write_bytes(b"".join(client.export(ExportQuery(), "ndjson")))
        came = [client.import_records(piece) for piece in records_of(file, "auto") if isinstance(piece, bytes)]

        assert [(0, 1), (0, 3)] == [(one.stored, one.duplicates) for one in came]
        assert 413 == post(client, large + b"\n" + large)[0]


def test_imports_wait_for_their_turn(monkeypatch):
    """While as many are in work as may be, another one is told to come again, and the client does."""
    monkeypatch.setattr(exchange, "MAX_IMPORTS", 1)
    with served() as (client, lab):
        entered, hold, append = threading.Event(), threading.Event(), lab.keeper.append

        def slowly(*given):
            entered.set()
            hold.wait(10)
            return append(*given)

        monkeypatch.setattr(lab.keeper, "append", slowly)
        first = threading.Thread(target=post, args=(client, lines(1)))
        first.start()
        assert entered.wait(10)
        with pytest.raises(Busy):
            client._import(lines(2))
        hold.set()
        first.join()

        assert Imported(stored=1, duplicates=1) == client.import_records(lines(2))


def test_a_stream_that_breaks_off_is_not_taken_for_whole(monkeypatch):
    """Where a page fails, the file ends without its end, and the client says so."""
    monkeypatch.setattr(pages, "FIRST_ROWS", 10)
    with served() as (client, lab):
        client.import_records(lines(100))
        read, asked = lab.queries.export_page, []

        def fail(query, place):
            asked.append(place)
            if len(asked) > 1:
                raise Unreachable("gone")
            return read(query, pages.Place(after=place.after, upto=place.upto, rows=10))

        monkeypatch.setattr(lab.queries, "export_page", fail)
        with pytest.raises(Unreachable, match="broke off before the end"):
            list(client.export(ExportQuery(), "ndjson"))


def test_an_api_without_a_store_to_write_says_so():
    """Questions only."""
    with (
        closing(Lab()) as lab,
        listening(lab.queries, FakeSidecar(), FakeReplays(), ApiSettings(listen="127.0.0.1:0")) as url,
    ):
        assert 400 == post(Client(url), lines(1))[0]
