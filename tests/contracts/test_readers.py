"""One contract for every reader: a client of a sidecar and a store file answer the same questions alike."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from tests.alert_views import FakeAlerts
from tracer.api.ports import Readiness
from tracer.api.server import ApiServer, make_application
from tracer.app.direct import DirectReader
from tracer.client import Client
from tracer.clock import NS_PER_S, FixedClock, to_datetime
from tracer.config.settings import ApiSettings
from tracer.errors import NotFound, QueryTimeout, UsageError
from tracer.model.messages import REJECTED_SCHEMA
from tracer.model.records import rows_to_batch
from tracer.ports import Refused
from tracer.query.queries import Queries
from tracer.rejections import RejectedQuery
from tracer.store.keeper import Keeper
from tracer.store.store import Store
from tracer.views import TransactionQuery

START_NS = 1_772_000_000 * NS_PER_S
NOW_NS = START_NS + 3600 * NS_PER_S
IDS = ("ORD-1", "ORD/2 ü?#", "ORD-3%2F")


class NothingBeside:
    """A sidecar without collectors."""

    def collectors(self):
        """None."""
        return ()

    def readiness(self):
        """Always."""
        return Readiness(ready=True)

    def measures(self):
        """None."""
        return []

    def mark(self):
        """Never changes."""
        return 0


def fill(store: Store, clock: FixedClock) -> None:
    """Write three transactions of two steps each, ten minutes apart."""
    rows = [
        {
            "transaction_id": name, "saga": "order", "step": step, "step_by": "attribute", "owner": owner,
            "phase": "completed", "kind": "span", "name": step, "at_ns": START_NS + (number * 600 + offset) * NS_PER_S,
            "until_ns": START_NS + (number * 600 + offset + 1) * NS_PER_S, "received_ns": START_NS,
            "trace_id": number.to_bytes(16, "big"), "span_id": offset, "source": "test", "attributes": '{"k":[1,2.5]}',
        }
        for number, name in enumerate(IDS, start=1)
        for offset, (step, owner) in enumerate((("reserve", "inventory"), ("pay", "payment")), start=1)
    ]  # fmt: skip
    keeper = Keeper(store=store, clock=clock)
    bad = {"topic": "a b&c", "partition": 0, "offset": 7, "at_ns": START_NS, "key": None, "value": b"\xff\x00{"}
    bad |= {"headers": [("h", b"\xfe"), ("h", None)], "reason": "not JSON"}
    refused = Refused(source="kafka", messages=pa.RecordBatch.from_pylist([bad], schema=REJECTED_SCHEMA))
    keeper.append(pa.Table.from_batches([rows_to_batch(rows)]), (), [refused])
    while keeper.fold():
        pass


@contextmanager
def listening(queries: Queries):
    """Serve the queries over HTTP in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    settings = ApiSettings(listen="127.0.0.1:0")

    async def start() -> ApiServer:
        server = ApiServer(make_application(queries, NothingBeside(), settings), settings)
        await server.start()
        return server

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    yield server.url
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture(scope="module")
def readers(tmp_path_factory):
    """Both readers, on one store."""
    clock = FixedClock(NOW_NS)
    store = Store.open(Path(tmp_path_factory.mktemp("store")) / "s.duckdb", clock=clock)
    fill(store, clock)
    queries = Queries(store=store, clock=clock)
    with listening(queries) as url:
        client = Client(url)
        yield {"client": client, "direct": DirectReader(queries, FakeAlerts(), FakeAlerts())}
        client.close()
    store.close()


@pytest.fixture(params=["client", "direct"])
def reader(request, readers):
    """Each reader in turn."""
    return readers[request.param]


QUERIES = (
    TransactionQuery(),
    TransactionQuery(sort="status", limit=1),
    TransactionQuery(sort="transaction_id", limit=2, offset=1),
    TransactionQuery(status=("running", "stuck"), saga=("order",)),
    TransactionQuery(owner=("payment",), step=("pay",), older_than_s=60.0),
    TransactionQuery(since=to_datetime(START_NS + 1200 * NS_PER_S), until=to_datetime(NOW_NS)),
    TransactionQuery(q="ü?#"),
    TransactionQuery(kind=("step-overdue", "retry-loop"), error="declined", longer_than_s=60.0, shorter_than_s=1e6),
    TransactionQuery(as_of=to_datetime(START_NS + 1801 * NS_PER_S), sort="status"),
    TransactionQuery(began_since=to_datetime(START_NS), began_until=to_datetime(NOW_NS), attribute=(("a", "b=c"),)),
    TransactionQuery(q="nothing like it"),
)


@pytest.mark.parametrize("query", QUERIES)
def test_both_give_the_same_page(readers, query):
    """The way over HTTP changes nothing of the list."""
    assert readers["client"].transactions(query) == readers["direct"].transactions(query)


@pytest.mark.parametrize("name", IDS)
def test_both_give_the_same_transaction_and_records(readers, name):
    """Nor of a transaction and its records, now and as of then; typed attributes keep their types."""
    then = to_datetime(START_NS + 1801 * NS_PER_S + NS_PER_S // 2)
    client, direct = readers["client"], readers["direct"]

    assert client.transaction(name) == direct.transaction(name)
    assert client.transaction(name, as_of=then) == direct.transaction(name, as_of=then)
    assert client.records(name) == direct.records(name)
    assert client.records(name, limit=1, offset=1) == direct.records(name, limit=1, offset=1)
    assert direct.records(name).records[1:2] == direct.records(name, limit=1, offset=1).records
    assert client.records(name).records[0].attributes["k"] == [1, 2.5]


def test_pages_follow_each_other_to_the_end(reader):
    """Every transaction once, in order, by cursors."""
    query = TransactionQuery(sort="transaction_id", limit=1)
    names, page = [], reader.transactions(query)
    while page.next:
        names.append(page.transactions[0].transaction_id)
        page = reader.transactions(replace(query, cursor=page.next))
    names.append(page.transactions[0].transaction_id)

    assert names == sorted(IDS)
    assert page.total == 3


def test_an_unknown_transaction_names_the_nearest(reader):
    """Both suggest."""
    with pytest.raises(NotFound) as raised:
        reader.transaction("ORD-11")

    assert "ORD-1" in raised.value.nearest


def test_before_its_first_record_a_transaction_is_not_there(reader):
    """As of a time before it began there is nothing to show."""
    with pytest.raises(NotFound):
        reader.transaction("ORD-1", as_of=to_datetime(START_NS) - timedelta(hours=1))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (lambda reader: reader.transactions(TransactionQuery(sort="colour")), UsageError),
        (lambda reader: reader.transactions(TransactionQuery(limit=0)), UsageError),
        (lambda reader: reader.transactions(TransactionQuery(cursor="garbage")), UsageError),
        (lambda reader: reader.sql("SELEKT", limit=1, timeout_s=5.0), UsageError),
        (lambda reader: reader.sql("DROP TABLE record", limit=1, timeout_s=5.0), UsageError),
        (lambda reader: reader.sql("COPY records TO 'x.csv'", limit=1, timeout_s=5.0), UsageError),
        (lambda reader: reader.sql("SELECT * FROM read_text('/etc/hostname')", limit=1, timeout_s=5.0), UsageError),
        (lambda reader: reader.sql("SELECT count(*) FROM range(10000000000) a", limit=1, timeout_s=0.2), QueryTimeout),
    ],
)
def test_both_refuse_alike(reader, question, expected):
    """A wrong question is the same error either way."""
    with pytest.raises(expected):
        question(reader)


def test_sql_gives_the_same_rows(readers):
    """Tables, and the documents made of them."""
    text = "SELECT transaction_id, step, at_ns, attributes, links FROM records ORDER BY ALL"
    client, direct = readers["client"], readers["direct"]

    assert client.sql(text, limit=100, timeout_s=5.0) == direct.sql(text, limit=100, timeout_s=5.0)
    for form in ("json", "csv"):
        one, other = (each.sql_bytes(text, form, limit=4, timeout_s=5.0) for each in (client, direct))
        assert one == other


def test_the_coverage_is_the_same(readers):
    """Collectors run only beside a sidecar; what joined is known to both."""
    assert readers["client"].collectors() == readers["direct"].collectors()
    assert sum(row.by_id for row in readers["direct"].collectors().coverage) == 6


def test_rejected_messages_are_the_same(readers):
    """The list, its filters, and a message with bytes of any kind; an unknown one is not found either way."""
    client, direct = readers["client"], readers["direct"]
    for query in (RejectedQuery(), RejectedQuery(topic=("a b&c", "x"), reason="JS"), RejectedQuery(source=("other",))):
        assert client.rejected(query) == direct.rejected(query)
    (found,) = client.rejected(RejectedQuery()).messages

    assert client.rejected_message(found.id) == direct.rejected_message(found.id)
    assert "a b&c" == found.topic
    for one in (client, direct):
        with pytest.raises(NotFound, match="no rejected message 99"):
            one.rejected_message(99)
