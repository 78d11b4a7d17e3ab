"""The floor: what decoding and one bare INSERT of the same bytes cost, without the wire and without state."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb
import pyarrow as pa

from collectors.otlp.decode import Decoder
from tests.bench.traffic import Traffic, template

GROUP = 40


def bare_ingest(folder: Path, *, spans: int, seconds: float) -> float:
    """Decode groups of requests to Arrow and insert them into a bare table; spans a second."""
    decoder = Decoder(correlation_keys=("saga.id",), source="bench", max_records=1 << 20, max_items=1 << 22)
    traffic = Traffic(template(spans), seed=7)
    groups = [[traffic.request(time.time_ns()) for _ in range(GROUP)] for _ in range(8)]
    connection = duckdb.connect(str(folder / "floor.duckdb"), config={"checkpoint_threshold": "1TB"})
    first = decoder.decode({"traces": groups[0]}, received_ns=1)
    connection.register("incoming", pa.Table.from_batches([first]))
    connection.execute("CREATE TABLE bare AS FROM incoming LIMIT 0").fetchall()
    done, start = 0, time.monotonic()
    while time.monotonic() - start < seconds:
        batch = decoder.decode({"traces": groups[done % len(groups)]}, received_ns=1)
        connection.register("incoming", pa.Table.from_batches([batch]))
        connection.execute("INSERT INTO bare FROM incoming").fetchall()
        done += 1
    took = time.monotonic() - start
    connection.close()
    return done * GROUP * spans / took
