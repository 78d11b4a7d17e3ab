"""The calculator keeps its plans, and nothing else."""

from __future__ import annotations

import gc
import weakref

import pyarrow as pa
import pytest

from collectors.dialects.engine import MAX_PLANS, Engine
from tracer.errors import Rejected

_DOUBLED = "SELECT n * 2 AS n FROM numbers"


def _numbers(*numbers: int) -> pa.Table:
    return pa.table({"n": pa.array(numbers, pa.int64())})


def _asked(engine: Engine, query: str, table: pa.Table) -> list[object]:
    found: list[object] = engine.run(query, "numbers", table)["n"].to_pylist()
    return found


def test_a_query_reads_the_table_of_each_run() -> None:
    """A plan is used again, and what it reads is the table that was handed in with it, in its order."""
    engine = Engine()
    runs = [_numbers(1, 2), _numbers(), pa.concat_tables([_numbers(9), _numbers(3, 7)])]

    assert [_asked(engine, _DOUBLED, table) for table in runs] == [[2, 4], [], [18, 6, 14]]
    assert len(engine._plans) == 1


def test_a_table_of_other_types_is_another_plan() -> None:
    """The same query over columns of other types answers in their types."""
    engine = Engine()
    texts = pa.table({"n": ["1", "2"]})

    assert _asked(engine, "SELECT n || '!' AS n FROM numbers", _numbers(1)) == ["1!"]
    assert _asked(engine, "SELECT n || '!' AS n FROM numbers", texts) == ["1!", "2!"]


def test_a_plan_keeps_no_table() -> None:
    """What was handed in may go when the run ends, however it ended."""
    engine, table = Engine(), _numbers(1)
    gone = weakref.ref(table)
    _asked(engine, _DOUBLED, table)
    with pytest.raises(Rejected):
        engine.run("SELECT CASE WHEN n = 1 THEN error('no') END AS n FROM numbers", "numbers", table)
    del table
    gc.collect()

    assert gone() is None


def test_plans_are_bounded() -> None:
    """The engine holds no more plans than MAX_PLANS; one that was let go is made again."""
    engine = Engine()
    for number in range(MAX_PLANS + 5):
        assert _asked(engine, f"SELECT n + {number} AS n FROM numbers", _numbers(1)) == [1 + number]  # noqa: S608

    assert len(engine._plans) == MAX_PLANS
    assert _asked(engine, "SELECT n + 0 AS n FROM numbers", _numbers(1)) == [1]
    assert len(engine.run("SELECT name AS n FROM pg_prepared_statements", "numbers", _numbers())) <= MAX_PLANS + 1


def test_a_query_that_cannot_be_planned_leaves_nothing() -> None:
    """A query that the engine refuses is Rejected each time, and no view of it stays."""
    engine = Engine()
    for _ in range(2):
        with pytest.raises(Rejected, match="nowhere"):
            engine.run("SELECT nowhere AS n FROM numbers", "numbers", _numbers(1))

    assert not engine._plans
    assert _asked(engine, "SELECT count(*) AS n FROM duckdb_views() WHERE view_name LIKE 'of_plan%'", _numbers()) == [1]
