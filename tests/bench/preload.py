"""Stores made large without the wire: records as Arrow columns, through the store's own append and fold."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from tracer.clock import NS_PER_S, SystemClock
from tracer.model.records import RECORD_SCHEMA
from tracer.store.keeper import Keeper
from tracer.store.options import StoreOptions
from tracer.store.store import Store

Columns = Mapping[str, pa.Array]
Told = Callable[[np.ndarray, np.ndarray], Columns]

_SLICE = 60_000
_STEPS = np.array(["place-order", "reserve-inventory", "capture-payment", "ship-parcel", "notify-customer"])
_OWNERS = np.array(["orders", "inventory", "payments", "shipping", "notifications"])


def fill(
    path: Path,
    *,
    transactions: int,
    records_each: int,
    days: float,
    ended: bool,
    told: Told | None = None,
    keeper_of: Callable[[Store], Keeper] | None = None,
) -> None:
    """Make a store of so many transactions of so many spans each, spread evenly over the last days.

    Where not `ended`, the last record of each is a started event, and the transaction stays open. `told` gives columns
    in place of these, from the numbers of the transactions and their beginnings; `keeper_of` another keeper.
    """
    store = Store.open(path, clock=SystemClock(), options=StoreOptions())
    keeper = keeper_of(store) if keeper_of else Keeper(store=store, clock=SystemClock())
    feed(keeper, range(transactions), records_each, days=days, ended=ended, told=told)
    store.checkpoint(force=True)
    store.close()


def feed(
    keeper: Keeper, chosen: range, records_each: int, *, days: float, ended: bool, told: Told | None = None
) -> None:
    """Append and fold the transactions with these numbers, as `fill` does."""
    end_ns = time.time_ns() - 60 * NS_PER_S
    start_ns = end_ns - int(days * 86_400 * NS_PER_S)
    random = np.random.default_rng(11 + chosen.start)
    per_slice = _SLICE // records_each
    for first in range(chosen.start, chosen.stop, per_slice):
        numbers = np.arange(first, min(first + per_slice, chosen.stop))
        begun = start_ns + ((end_ns - start_ns) * ((numbers - chosen.start) / len(chosen))).astype(np.int64)
        usual = _columns(numbers, begun, records_each, random, ended=ended)
        keeper.append(_table({**usual, **(told(numbers, begun) if told else {})}))
        if (first - chosen.start) // per_slice % 3 == 2:
            keeper.fold()
        keeper.checkpoint()
    while keeper.fold():
        pass


def _columns(numbers: np.ndarray, begun: np.ndarray, each: int, random: np.random.Generator, *, ended: bool) -> Columns:
    rows = len(numbers) * each
    at = np.tile(np.arange(each), len(numbers))
    number = np.repeat(numbers, each)
    is_last = at == each - 1
    start = np.repeat(begun, each) + at * 40_000_000
    traces = np.repeat(random.integers(0, 256, (len(numbers), 16), np.uint8), each, axis=0)
    spans = random.integers(1, 1 << 63, rows).astype(np.uint64)
    opens = is_last & (not ended)
    return {
        "uid": _where(opens, "opened"),
        "transaction_id": pa.array(np.char.add("ORD-", np.char.zfill(number.astype(str), 10))),
        "saga": _all("order-fulfilment", rows),
        "step": pa.array(_STEPS[at % len(_STEPS)]),
        "step_by": _all("attribute", rows),
        "owner": pa.array(_OWNERS[at % len(_OWNERS)]),
        "phase": pa.array(np.where(opens, "started", "completed")),
        "kind": pa.array(np.where(opens, "event", "span")),
        "span_kind": _all("server", rows),
        "name": pa.array(_STEPS[at % len(_STEPS)]),
        "at_ns": pa.array(start),
        "until_ns": pa.array(start + 30_000_000, mask=opens),
        "received_ns": pa.array(start + 31_000_000),
        "trace_id": pa.ExtensionArray.from_storage(
            pa.uuid(), pa.Array.from_buffers(pa.binary(16), rows, [None, pa.py_buffer(traces.tobytes())])
        ),
        "span_id": pa.array(spans),
        "parent_span_id": pa.array(np.where(at == 0, np.uint64(0), np.roll(spans, 1))),
        "status": _all("unset", rows),
        "outcome": _where(is_last & ended, "completed"),
        "source": _all("otlp", rows),
        "attributes": pa.array(
            np.char.add(
                np.char.add('{"http.route":"/orders/{id}","customer.id":"C-', (number % 100_000).astype(str)), '"}'
            )
        ),
        "resource": _all('{"service.name":"orders","service.version":"1.14.2"}', rows),
    }


def _table(columns: Columns) -> pa.Table:
    rows = len(columns["at_ns"])
    filled = [columns.get(field.name, pa.nulls(rows, field.type)).cast(field.type) for field in RECORD_SCHEMA]
    return pa.Table.from_arrays(filled, schema=RECORD_SCHEMA)


def _all(word: str, rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(word), rows)


def _where(mask: np.ndarray, word: str) -> pa.Array:
    return pa.array(np.where(mask, word, ""), mask=~mask)
