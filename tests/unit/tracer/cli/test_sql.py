"""`sagascope sql` against the real API over fakes: formats, what is cut off, what the engine says."""

from __future__ import annotations

import json

import pytest

from tests.api_fakes import make_table
from tracer.errors import UsageError
from tracer.views import Table


def test_sql_writes_each_format(sagascope, fake_answers, tmp_path):
    """Table for people, JSON objects, CSV, Parquet into a pipe or a file; what is cut is said."""
    table = sagascope("sql", "q")
    rows = sagascope("sql", "q", "--json")
    text = sagascope("sql", "q", "--format", "csv")
    parquet = sagascope("sql", "q", "--format", "parquet", "--output", str(tmp_path / "x.parquet"))
    sagascope("sql", "q", "--format", "csv", "--output", str(tmp_path / "x.csv"), "--limit", "5", "--timeout", "2s")

    assert table == (0, "a  a\n1  x\n", "only the first 1000 rows: more with --limit\n")
    assert json.loads(rows[1]) == [{"a": 1, "a_2": "x"}]
    assert text[1] == "a,a\r\n1,x\r\n"
    assert parquet == (0, "", "only the first 1000 rows: more with --limit\n")
    assert (tmp_path / "x.parquet").read_bytes()[:4] == b"PAR1"
    assert (tmp_path / "x.csv").read_bytes() == b"a,a\r\n1,x\r\n"
    assert fake_answers.asked[-1] == ("q", 5, 2.0)


def test_parquet_with_all_rows_is_written_in_silence(sagascope, fake_answers, tmp_path):
    """Only what was cut off is told."""
    fake_answers.table = make_table((1,))

    assert sagascope("sql", "q", "--format", "parquet", "--output", str(tmp_path / "x"))[::2] == (0, "")


def test_the_engines_drawing_of_a_query_is_left_out(sagascope, fake_answers):
    """One sentence, where one line has to do."""
    fake_answers.failure = UsageError('the query does not run: no column "x"!\nCandidates: "y"\n\nLINE 2: x\n     ^')

    assert sagascope("sql", "x") == (2, "", 'sagascope: the query does not run: no column "x"\n')


@pytest.mark.usefixtures("on_a_terminal")
def test_parquet_is_not_for_a_terminal(sagascope):
    """Bytes are refused where a person looks."""
    code, out, err = sagascope("sql", "q", "--format", "parquet")

    assert (code, out) == (2, "")
    assert "give --output FILE" in err


def test_sql_shows_null_and_nested_values(sagascope, fake_answers):
    """A null is a dash for people; lists are JSON."""
    fake_answers.table = Table(columns=("a", "b"), types=("X", "Y"), rows=((None, [1, "x"]),), truncated=False)

    assert sagascope("sql", "q")[1] == 'a  b\n-  [1,"x"]\n'
