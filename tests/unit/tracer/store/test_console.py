"""Other people's SQL: one SELECT that can read everything here and nothing else, and change nothing."""

import io
from contextlib import closing
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from tests.worlds import NOON_NS, Lab
from tracer.errors import QueryTimeout, StoreError, UsageError
from tracer.store import console
from tracer.store.console import MAX_QUERY, MAX_ROWS, Console
from tracer.views import PARQUET_TRUNCATED


@pytest.fixture(scope="module")
def lab():
    """Share one store: nothing here can change it."""
    with closing(Lab()) as lab:
        yield lab


@pytest.fixture(scope="module")
def ask(lab):
    """Give a console on a store with three records of one transaction."""
    told = {"kind": "event", "phase": "started", "step": "pay", "source": "test", "received_ns": NOON_NS, "name": "n"}
    lab.take([{**told, "uid": f"u{n}", "transaction_id": "A", "at_ns": NOON_NS + n} for n in range(3)])

    def ask(query, *, limit=10, timeout_s=30.0):
        return Console(store=lab.store).table(query, limit=limit, timeout_s=timeout_s)

    ask.parquet = lambda query: Console(store=lab.store).parquet(query, limit=10, timeout_s=30.0)
    return ask


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM records",
        "FROM records SELECT count(*)",
        "WITH r AS (FROM records) SELECT count(*) FROM r",
        "SELECT count(*) FROM records;",
        "SELECT count(*) FROM records ; -- how many; really",
        "/* first; */ SELECT count(*) FROM records /* last; */ ;",
        "SELECT count(*) FROM records -- no end",
        "SELECT count(*) FROM records WHERE name <> ';' AND name <> 'é;--'",
    ],
)
def test_one_select_runs_however_it_is_written(ask, query):
    """Comments, a final semicolon and the friendly forms of SELECT do not matter."""
    assert ((3,),) == ask(query).rows


@pytest.mark.parametrize("query", ["DESCRIBE records", "SUMMARIZE records", "SHOW TABLES", "VALUES (1)", "TABLE meta"])
def test_looking_around_is_allowed(ask, query):
    """What only describes the tables runs too."""
    assert ask(query).rows


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO meta VALUES ('a', 'b')",
        "DELETE FROM record",
        "DROP TABLE record",
        "CREATE TABLE t (a INT)",
        "CREATE TEMP TABLE t (a INT)",
        "WITH x AS (INSERT INTO meta VALUES ('a', 'b') RETURNING *) FROM x",
        "SELECT nextval('txn_seq')",
        "SELECT 1) LIMIT 1; DELETE FROM record; --",
        "SELECT 1; DELETE FROM record",
        "BEGIN",
        "COMMIT",
        "CHECKPOINT",
        "VACUUM",
    ],
)
def test_nothing_is_written(ask, lab, query):
    """No statement changes the store, whatever it hides in."""
    before = lab.tables()
    with pytest.raises(UsageError):
        ask(query)

    assert before == lab.tables()
    assert ((3,),) == ask("SELECT count(*) FROM record").rows


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/etc/passwd')",
        "SELECT * FROM read_parquet('/etc/passwd')",
        "SELECT * FROM read_json('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM 'http://127.0.0.1:1/x.parquet'",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM duckdb_secrets()",
        "SELECT getenv('HOME')",
        "COPY record TO '/dev/null'",
        "COPY (SELECT 1) TO '/dev/null'",
        "ATTACH ':memory:' AS other",
        "EXPORT DATABASE '/dev/null'",
        "INSTALL httpfs",
        "LOAD httpfs",
    ],
)
def test_nothing_but_the_store_is_read(ask, query):
    """Files, the network, the environment, other databases and extensions are out of reach."""
    with pytest.raises(UsageError):
        ask(query)


@pytest.mark.parametrize(
    "query",
    [
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "SET VARIABLE a = 1",
        "RESET memory_limit",
        "PRAGMA memory_limit = '100GB'",
        "PRAGMA enable_profiling",
        "CALL pragma_version()",
        "USE memory",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "EXPLAIN ANALYZE SELECT 1",
    ],
)
def test_no_setting_is_touched(ask, query):
    """No statement changes how the database runs."""
    with pytest.raises(UsageError, match="must be one SELECT"):
        ask(query)


def test_the_configuration_is_locked_below_the_statement_check(lab):
    """The lock on settings holds also where a statement comes through."""

    def try_it(cursor):
        return cursor.execute("SET enable_external_access = true")

    with pytest.raises(Exception, match="configuration has been locked"):
        lab.store.lend_reader(try_it)


def test_a_reader_cannot_write_below_the_statement_check(lab):
    """The read-only transaction holds also where a statement comes through."""
    with pytest.raises(Exception, match="read-only"):
        lab.store.lend_reader(lambda cursor: cursor.execute("DELETE FROM record"))


@pytest.mark.parametrize(
    "query", ["", "  ", ";", "--", "SELEC 1", "SELECT 1 /* x", "SELECT 1; SELECT 2", "SELECT \udc80"]
)
def test_what_is_no_select_is_explained(ask, query):
    """Text that is not one SELECT gets an error of usage."""
    with pytest.raises(UsageError):
        ask(query)


@pytest.mark.parametrize("name", ["cursor", "rows", "text", "query", "pq", "io", "incoming", "shown"])
def test_the_programs_own_variables_are_no_tables(ask, name):
    """A table is looked for in the store, not among the variables of the program."""
    with pytest.raises(UsageError, match="does not exist"):
        ask(f"SELECT * FROM {name}")  # noqa: S608 - the names are those above


def test_rows_beyond_the_limit_are_left_out_and_told(ask):
    """At most `limit` rows come back, and `truncated` says whether there were more."""
    cut, whole = ask("FROM range(11)", limit=10), ask("FROM range(10)", limit=10)

    assert (10, True) == (len(cut.rows), cut.truncated)
    assert (10, False) == (len(whole.rows), whole.truncated)


def test_the_order_of_the_query_is_kept(ask):
    """A query's ORDER BY holds for what comes back."""
    assert ((9,), (8,)) == ask("SELECT range FROM range(10) ORDER BY 1 DESC", limit=2).rows


@pytest.mark.parametrize("limit", [0, -1, MAX_ROWS + 1])
def test_a_limit_out_of_range_is_refused(ask, limit):
    """The number of rows asked for has bounds."""
    with pytest.raises(UsageError, match="limit must be"):
        ask("SELECT 1", limit=limit)


def test_a_query_that_is_too_long_is_refused(ask):
    """The text of a query has a limit."""
    with pytest.raises(UsageError, match="characters"):
        ask("SELECT " + " " * MAX_QUERY + "1")


def test_a_query_that_takes_too_long_is_stopped(ask):
    """After its time a query ends with an error that says so, and the next one runs."""
    with pytest.raises(QueryTimeout, match="longer than"):
        ask("SELECT count(*) FROM range(100000000000)", timeout_s=0.2)

    assert ((1,),) == ask("SELECT 1").rows


def test_a_query_that_needs_too_much_memory_is_stopped(ask):
    """A query that needs more than the store's memory ends with an error that says so."""
    with pytest.raises(StoreError, match="more memory"):
        ask("SELECT string_agg(repeat('x', 1000000), '') FROM range(100000)")


@pytest.mark.parametrize(
    "query", ["SELECT repeat('x', 9999) FROM range(1000)", "SELECT list_value(repeat('x', 9999)) FROM range(1000)"]
)
def test_a_result_that_is_too_large_is_refused(ask, monkeypatch, query):
    """The bytes of a result have a limit, however few its rows are."""
    monkeypatch.setattr(console, "MAX_BYTES", 1 << 16)
    with pytest.raises(UsageError, match="the result is larger"):
        ask(query, limit=1000)


@pytest.mark.parametrize(
    "query", ["SELECT to_days(2000000000)", "SELECT ?", "SELECT error('boo')", "SELECT make_date(99999999, 1, 1)"]
)
def test_what_fails_while_it_runs_is_explained(ask, query):
    """A query that fails half-way, or whose values have no form here, gets an error of usage."""
    with pytest.raises(UsageError, match="does not run"):
        ask(query)


def test_columns_have_names_and_types(ask):
    """A result says what its columns are; of two with one name, one is renamed."""
    told = ask("SELECT 1 AS a, 'x' AS a, NULL AS b")

    assert (("a", "a_1", "b"), ("INTEGER", "VARCHAR", '"NULL"')) == (told.columns, told.types)


def test_a_parquet_file_holds_the_rows(ask):
    """The same rows come as a Parquet file, cut at the limit."""
    read = pq.read_table(io.BytesIO(ask.parquet("SELECT range AS n FROM range(100) ORDER BY n")))

    assert {"n": list(range(10))} == read.to_pydict()


@pytest.mark.parametrize(("rows", "expected"), [(10, None), (11, b"true")])
def test_a_parquet_file_says_whether_rows_were_cut_off(ask, rows, expected):
    """In its metadata, for its bytes are all that there is."""
    metadata = pq.read_metadata(io.BytesIO(ask.parquet(f"FROM range({rows})"))).metadata or {}

    assert metadata.get(PARQUET_TRUNCATED) == expected


def test_every_table_goes_into_parquet(ask):
    """All columns of the store's tables have a form in Parquet."""
    names = [row[0] for row in ask("SHOW TABLES", limit=100).rows]

    assert {"records", "transactions", "steps"} <= set(names)
    for name in names:
        assert pq.read_table(io.BytesIO(ask.parquet(f"FROM {name}"))).num_columns


def test_what_parquet_cannot_hold_is_explained(ask):
    """A type without a form in Parquet is an error of usage."""
    with pytest.raises(UsageError, match="does not run"):
        ask.parquet("SELECT INTERVAL 1 month AS i")


@pytest.mark.parametrize(
    "query",
    ["FROM checkpoint()", 'FROM "checkpoint" /* x */ ()', "FROM CHECKPOINT -- y\n ()", "FROM force_checkpoint()"],
)
def test_what_writes_by_the_form_of_a_query_is_refused(ask, query):
    """The writer alone decides when the log is folded into the file."""
    with pytest.raises(UsageError, match="changes the file"):
        ask(query)


def test_words_that_only_look_like_it_are_no_calls(ask):
    """A column or a text of that name is nobody's business."""
    table = ask("SELECT checkpoint, 'checkpoint()' FROM (SELECT 1 AS checkpoint)")

    assert ((1, "checkpoint()"),) == table.rows


def test_times_are_told_as_utc(ask):
    """A time of the store comes with its zone, so that JSON is RFC 3339."""
    table = ask("SELECT make_timestamp_ns(1000000000)")

    assert ((datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),),) == table.rows
