"""SQL in the terminal: completion, where an error stands, and cells that are safe to print."""

import pytest

from tests.unit.tui.console import COLUMNS, ROWS, SCHEMA
from tracer.views import Table
from tui.look import Look, width_of
from tui.sql import (
    Place,
    candidates,
    grid,
    head,
    painted,
    place_of,
    schema_of,
    sentence,
    told_cell,
    told_result,
    transaction_of,
)

KNOWN = schema_of(SCHEMA)
NOT_RUN = 'the query does not run: Binder Error: Referenced column "bogus" not found!\n\nLINE 3:  bogus FROM records\n'


def text(line):
    """Give a painted line as text."""
    return "".join(piece for piece, _ in line)


def test_the_schema_is_what_the_sidecar_says():
    """The columns of each table, in order."""
    assert COLUMNS == dict(KNOWN)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("SELECT upd", "", ()),
        ("SELECT ui", "", ("uid",)),
        ("SELECT * FROM tr", "", ("transactions", "transaction_id")),
        ("SELECT steps.att", "", ("attempt",)),
        ("SELECT t.sta", " FROM transactions AS t", ("status",)),
        ("SELECT t.att", " FROM transactions t", ()),
        ("SELECT sta", " FROM transactions", ("status",)),
        ("sel", "", ("SELECT",)),
        ("SELECT ", "", ()),
        ("x.", "", ()),
    ],
)
def test_a_name_is_completed(before, after, expected):
    """Tables, columns of the tables that are named, columns behind a table or its alias, and a few words of SQL."""
    assert expected == candidates(before, before + after, KNOWN)[:2]


@pytest.mark.parametrize(
    ("error", "query", "expected"),
    [
        (f"{NOT_RUN}         ^^^^^", "SELECT 1,\n bogus FROM records", Place(row=1, column=1)),
        (
            "the query does not parse: syntax error\n\nLINE 2:  (x fro y)\n               ^",
            "a\n (x fro y)",
            Place(row=1, column=7),
        ),
        (
            "the query does not run: x\n\nLINE 2: ...bcd efg...\n               ^",
            "aaaaaabcd efghi",
            Place(row=0, column=10),
        ),
        ("the query does not run: no place", "SELECT 1", None),
        ("the query does not run: x\n\nLINE 9: y\n        ^", "SELECT 1", None),
    ],
)
def test_the_place_of_an_error(error, query, expected):
    """The line and the column in the query as it was typed."""
    assert expected == place_of(error, query)


def test_an_error_is_told_without_the_drawing():
    """In one sentence."""
    told = sentence(f"{NOT_RUN}         ^^^^^")

    assert 'the query does not run: Binder Error: Referenced column "bogus" not found!' == told


def test_numbers_stand_to_the_right_and_nothing_is_told():
    """A null says so, an empty text is empty, structures are JSON, hostile text is harmless."""
    of = grid(ROWS)
    rows = [text(painted(of, at, 0, None, Look())) for at in range(3)]

    assert "  transaction_id  status     records  error" in text(head(of, 0, 1, Look()))
    assert rows[0].startswith("  order-1042      stuck            7  null")
    assert '{"tags": ["a", "b"]}' in rows[0]
    assert "  12345  " in rows[1]
    assert not any(char in "".join(rows) for char in "\x1b\x07")
    assert rows[2].startswith("  null            completed        3        ")


def test_the_chosen_column_is_brought_into_sight():
    """The first column that is seen moves no further than needed."""
    wide = Table(
        columns=tuple(f"c{at}" for at in range(9)), types=("VARCHAR",) * 9, rows=(("x" * 20,) * 9,), truncated=False
    )
    of = grid(wide)
    first = of.first_seen(8, 0, 80)

    assert 0 < first < 8
    assert width_of(painted(of, 0, first, 8, Look())) <= 80
    assert 2 == of.first_seen(2, 5, 80)


def test_the_cell_is_told_whole():
    """Its column, its type and its value."""
    assert ' attributes JSON  {"tags": ["a", "b"]}' == text(told_cell(grid(ROWS), 0, 4))


def test_a_cut_result_says_so():
    """Rows and time, and how to have more."""
    cut = Table(columns=("a",), types=("BIGINT",), rows=((1,), (2,)), truncated=True)

    assert " 2 rows in 34ms  only the first 2: there are more; x exports them" == text(told_result(cut, 0.034, "x"))
    assert " 3 rows in 34ms" == text(told_result(ROWS, 0.034, "x"))


def test_the_transaction_of_a_cell():
    """That of the cell, else of its row; none where the row has none."""
    of = grid(ROWS)

    assert "order-1042" == transaction_of(of, 0, 0) == transaction_of(of, 0, 3)
    assert transaction_of(of, 2, 1) is None
