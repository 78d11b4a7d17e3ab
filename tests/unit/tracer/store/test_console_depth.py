"""Queries that DuckDB's parser would take minutes for."""

import pytest

from tracer.clock import FixedClock
from tracer.errors import UsageError
from tracer.store.console import Console
from tracer.store.store import Store


@pytest.fixture
def console(scratch):
    """Ask an empty store."""
    store = Store.open(scratch / "s.duckdb", clock=FixedClock(0))
    yield Console(store=store)
    store.close()


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("FROM " + "(" * 60_000, "brackets"),
        ("SELECT " + "[" * 101 + "1" + "]" * 101, "brackets"),
        ("FROM " + "(/* ) */" * 8000, "brackets"),
        ("SELECT ')', " + "('\u00e9)'," * 8000, "brackets"),
        ("WITH a AS (" * 90, "WITH"),
        ("with a as (" * 5 + "SELECT 1 FROM" + ") FROM a" * 5, "WITH"),
        ("WITH a AS MATERIALIZED (((" * 30, "WITH"),
    ],
)
def test_what_the_parser_cannot_bear_is_refused_before_it(console, query, why):
    """Deeply nested queries are refused with the reason, also where literals and comments look like brackets."""
    with pytest.raises(UsageError, match=why):
        console.table(query, limit=1, timeout_s=5)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT " + "(" * 99 + "1" + ")" * 99,
        "SELECT '" + "(" * 5000 + "' IS NULL AND 1 = 2 OR true",
        "WITH a AS (SELECT 1), b AS (SELECT 1), c AS (SELECT 1), d AS (SELECT 1), e AS (SELECT 1) SELECT true FROM a",
        "WITH a AS (WITH b AS (WITH c AS (WITH d AS (SELECT 1) FROM d) FROM c) FROM b) SELECT true FROM a",
        "SELECT /* ((((( */ true -- )))",
        "SELECT true " + "AND (true) " * 500,
    ],
)
def test_what_people_write_runs(console, query):
    """Brackets beside each other, WITH beside WITH, and text of brackets are no depth."""
    assert console.table(query, limit=1, timeout_s=5).rows[0][0]
