"""What is exported and imported again is the same: every record, and the state that follows from them."""

from __future__ import annotations

import io
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given

from tests.oracle import tell
from tests.worlds import Lab, as_rows, records, sparingly
from tracer.exchange.files import batch_of_lines
from tracer.exchange.writing import lines, make_writer
from tracer.model.exports import ExportQuery


def exported(lab: Lab, format_="ndjson", **filters) -> bytes:
    """Write a file of what a store has."""
    query, writer, made = ExportQuery(**filters), make_writer(format_), b""
    place = lab.queries.begin_export(query)
    while place is not None:
        page = lab.queries.export_page(query, place)
        made, place = made + writer.write(page.records), page.next
    return made + writer.end()


def take(lab: Lab, text: bytes) -> tuple[int, int]:
    """Import lines."""
    return lab.keeper.append(pa.Table.from_batches([batch_of_lines(text, received_ns=0)]))


def rows(lab: Lab) -> list[tuple]:
    """Give all records, with everything."""
    return sorted(lab.rows("SELECT * EXCLUDE (seq) FROM record"), key=repr)


@given(records())
@sparingly(10)
def test_a_store_is_rebuilt_from_its_export(told):
    """A file of all records makes the same records and state in an empty store, and nothing new elsewhere."""
    with closing(Lab()) as one, closing(Lab()) as other:
        one.take(told)
        text = exported(one)

        assert (len(told), 0) == take(other, text)
        assert (0, len(told)) == take(other, text)
        assert (0, len(told)) == take(one, text)
        other.settle()
        assert rows(one) == rows(other)
        assert one.tables() == other.tables()
        assert as_rows(tell(told)) == other.transactions()


@given(records())
@sparingly(20)
def test_parquet_says_what_ndjson_says(told):
    """The rows of the one are the lines of the other, in the same order."""
    with closing(Lab()) as lab:
        lab.take(told)
        table = pq.read_table(io.BytesIO(exported(lab, "parquet")))

        assert lines(table) == exported(lab).splitlines()
