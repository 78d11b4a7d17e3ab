"""What a fake reader of the terminal's tests says about SQL and rejected messages."""

import json
import threading
from datetime import timedelta

from tests.unit.tui.samples import NOW, ago
from tracer.errors import NotFound, UsageError
from tracer.rejections import RejectedHeader, RejectedMessage, RejectedPage
from tracer.views import CollectorList, CollectorView, CoverageRow, Table

COLUMNS = {
    "records": ("uid", "transaction_id", "saga", "step", "owner", "name", "received_ns", "attributes"),
    "steps": ("transaction_id", "saga", "step", "owner", "attempt"),
    "transactions": ("transaction_id", "saga", "status", "step", "owner", "records"),
}
SCHEMA = Table(
    columns=("table_name", "column_name"),
    types=("VARCHAR", "VARCHAR"),
    rows=tuple((table, column) for table, columns in COLUMNS.items() for column in columns),
    truncated=False,
)
ROWS = Table(
    columns=("transaction_id", "status", "records", "error", "attributes"),
    types=("VARCHAR", "VARCHAR", "BIGINT", "VARCHAR", "JSON"),
    rows=(
        ("order-1042", "stuck", 7, None, {"tags": ["a", "b"]}),
        ("order-1107", "stuck", 12_345, "\x1b]52;c;aGVsbG8=\x07 gateway timeout", None),
        (None, "completed", 3, "", None),
    ),
    truncated=False,
)


WRONG = UsageError('the query does not run: Binder Error: no "saga"\n\nLINE 2: SELECT saga\n               ^')


def rejected(number, reason="no JSON: unexpected character", **fields):
    """Give a rejected message, the older the higher its number is below 100."""
    values = {
        "source": "kafka", "topic": "orders", "partition": 0, "offset": 1_000 + number, "at": ago(65.0 + number),
        "received_at": ago(60.0 + number), "size": 61, "key": "order-1042", "value": '{"type": "OrderPlaced", \x1b[31m',
        "is_cut": True,
    }  # fmt: skip
    return RejectedMessage(id=number, reason=reason, **{**values, **fields})


def busy_sources():
    """Give two collectors, one of them behind, and services of which a part never joins."""
    kafka = CollectorView(
        name="kafka", type="kafka", state="degraded", detail="orders: no answer from broker-2 for 40 s",
        listening={}, counters={"records": 4_000, "messages": 4_100, "rejected_undecodable": 3, "failed": 0},
        last_record_at=ago(42.0),
        gauges={"lag": 330.0, "topic_lag{topic=orders}": 300.0, "topic_lag{topic=payments}": 30.0},
    )  # fmt: skip
    otlp = CollectorView(
        name="otlp", type="otlp", state="running", detail="", listening={"otlp_grpc": "127.0.0.1:4317"},
        counters={"records": 90_000, "requests": 1_200, "rejected_malformed": 0}, gauges={"inflight": 0.0},
    )  # fmt: skip
    rows = (
        CoverageRow(source="otlp", owner="orders", records=40_000, by_id=40_000, joined=0, ambiguous=0, unplaced=0),
        CoverageRow(source="otlp", owner="legacy's", records=2_000, by_id=0, joined=500, ambiguous=5, unplaced=1_500),
        CoverageRow(source="kafka", owner=None, records=4_000, by_id=3_990, joined=4, ambiguous=0, unplaced=6),
    )
    return CollectorList(collectors=(otlp, kafka), coverage=rows)


class FakeConsole:
    """Answers every query with the same rows; `gate` holds it up until it is set, `wrong` is raised instead."""

    def __init__(self):
        self.queries = []
        self.table = ROWS
        self.wrong = None
        self.gate = threading.Event()
        self.gate.set()
        self.rejections = ()

    def sql(self, query, *, limit, timeout_s):
        """Give the rows, or the columns of the tables."""
        if "information_schema" in query:
            return SCHEMA
        self.queries.append((query, limit, timeout_s))
        self.gate.wait(10)
        if self.wrong:
            raise self.wrong
        return self.table

    def sql_bytes(self, query, format_, *, limit, timeout_s):
        """Give the rows as a document, which is told by its format alone."""
        self.queries.append((query, limit, timeout_s))
        if self.wrong:
            raise self.wrong
        return json.dumps({"format": format_, "limit": limit}).encode()

    def rejected(self, query):
        """Give the rejected messages, cut."""
        return RejectedPage(messages=self.rejections[: query.limit], total=len(self.rejections), as_of=NOW)

    def rejected_message(self, number):
        """Give one whole, with its headers."""
        for one in self.rejections:
            if one.id == number:
                header = RejectedHeader(key="content-type", value="application/json")
                return rejected(number, one.reason, value=f"{one.value}\nand the rest", is_cut=False, headers=(header,))
        raise NotFound(f"no rejected message {number}", nearest=())


def later(answer, seconds, **counters):
    """Give collectors some seconds later, with so many more of each counter."""
    grown = tuple(
        CollectorView(
            name=one.name, type=one.type, state=one.state, detail=one.detail, listening=one.listening,
            counters={name: number + counters.get(name, 0) for name, number in one.counters.items()}, gauges=one.gauges,
            last_record_at=one.last_record_at,
        )
        for one in answer.collectors
    )  # fmt: skip
    return CollectorList(collectors=grown, coverage=answer.coverage), NOW + timedelta(seconds=seconds)
