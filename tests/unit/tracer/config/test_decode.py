from __future__ import annotations

from pathlib import Path

import pytest

from tracer.config.decode import Configuration, decode
from tracer.config.settings import Settings, store_path
from tracer.config.sources import read
from tracer.errors import ConfigError
from tracer.model.keys import CORRELATION_KEYS


def load(tmp_path: Path, text: str = "", **environ: str) -> Configuration:
    """Write a file and read it with these variables."""
    file = tmp_path / "sagascope.toml"
    file.write_text(text)
    return decode(read(file, environ=environ, cwd=tmp_path))


def test_nothing_at_all_is_a_working_configuration(tmp_path):
    """Without a file or variables every setting has its default and one otlp collector runs."""
    actual = decode(read(None, environ={"XDG_CONFIG_HOME": str(tmp_path)}, cwd=tmp_path))

    assert actual.settings == Settings()
    assert actual.settings.collectors == {"otlp": {"type": "otlp"}}
    assert actual.settings.correlation.keys == CORRELATION_KEYS
    assert actual.warnings == ()


def test_the_file_in_the_folder_wins_over_the_users(tmp_path):
    """./sagascope.toml is taken before the one below XDG_CONFIG_HOME."""
    users = tmp_path / "xdg" / "sagascope"
    users.mkdir(parents=True)
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    (users / "sagascope.toml").write_text('[api]\nlisten = "127.0.0.1:1"\n')
    only_users = decode(read(None, environ=environ, cwd=tmp_path)).settings.api.listen
    (tmp_path / "sagascope.toml").write_text('[api]\nlisten = "127.0.0.1:2"\n')

    both = decode(read(None, environ=environ, cwd=tmp_path)).settings.api.listen

    assert (only_users, both) == ("127.0.0.1:1", "127.0.0.1:2")


def test_units_become_plain_numbers(tmp_path):
    """Durations come out as seconds and sizes as bytes."""
    text = '[store]\nretention = { max_age = "90s", max_size = "64MiB" }\n[stalls]\ndefault_threshold = "5m"\n'
    actual = load(tmp_path, text).settings

    assert (actual.store.retention.max_age_s, actual.store.retention.max_size_bytes) == (90.0, 67_108_864)
    assert actual.stalls.default_threshold_s == 300.0


def test_a_path_in_the_file_is_relative_to_the_file(tmp_path):
    """A relative path means the same wherever the sidecar is started."""
    actual = load(tmp_path, '[store]\npath = "data/a.duckdb"\n').settings

    assert store_path(actual, {}) == tmp_path / "data" / "a.duckdb"


def test_without_a_path_the_store_is_in_the_users_data_folder():
    """The default follows XDG_DATA_HOME."""
    actual = store_path(Settings(), {"XDG_DATA_HOME": "/somewhere"})

    assert Path("/somewhere/sagascope/sagascope.duckdb") == actual


def test_the_environment_wins_over_the_file(tmp_path):
    """Every key has a variable, lists are split at commas, and tables in tables are reached."""
    text = '[store]\npath = "a.duckdb"\n[collectors.my-otlp]\ntype = "otlp"\n'
    actual = load(
        tmp_path,
        text,
        SAGASCOPE_STORE__PATH="b.duckdb",
        SAGASCOPE_STORE__THREADS="3",
        SAGASCOPE_STORE__RETENTION__MAX_AGE="1h",
        SAGASCOPE_CORRELATION__KEYS="order.id, saga.id",
        SAGASCOPE_COLLECTORS__MY_OTLP__GRPC="",
        SAGASCOPE_ALERTS__0__NAME="stuck",
        SAGASCOPE_URL="not a setting",
        SAGASCOPE_PORT_4319_TCP="not a setting either",
    ).settings

    assert (actual.store.path, actual.store.threads, actual.store.retention.max_age_s) == ("b.duckdb", 3, 3600.0)
    assert actual.correlation.keys == ("order.id", "saga.id")
    assert actual.collectors == {"my-otlp": {"type": "otlp", "grpc": ""}}
    assert actual.alerts[0].name == "stuck"


def test_a_collector_table_without_a_type_is_of_the_type_it_is_named_after(tmp_path):
    """[collectors.otlp] needs no `type`."""
    actual = load(tmp_path, "[collectors.otlp]\n").settings.collectors

    assert actual == {"otlp": {"type": "otlp"}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[store]\npaht = "x"\n', '{file}:2: [store] paht: no such key; did you mean "path"?'),
        ("[stroe]\n", '{file}:1: [stroe]: no such table; did you mean "store"?'),
        ("[store]\nzzz = 1\n", "{file}:2: [store] zzz: no such key; known: memory_limit, path, retention, threads"),
        ("[api]\nlisten = 4319\n", '{file}:2: [api] listen: 4319 is not valid: expected "HOST:PORT" in quotes'),
        ('[api]\nmax_queries = "lots"\n', '{file}:2: [api] max_queries: "lots" is not valid: write a whole number'),
        ('[store]\nthreads = "x"\n', "\"x\" is not valid: write a whole number; 0 is half of the machine's cores"),
        ("[correlation]\nkeys = []\n", "{file}:2: [correlation] keys: no key is named, so nothing would ever belong"),
        ('[correlation]\nkeys = [" "]\n', "or leave keys out for the usual ones"),
        ("[api]\nmax_queries = true\n", "{file}:2: [api] max_queries: true is not valid: write a whole number"),
        ("[api]\nmax_queries = 0\n", "{file}:2: [api] max_queries: the value must be >= 1"),
        ("[stalls]\ndefault_threshold = 300\n", ":2: [stalls] default_threshold: 300 is not valid: a duration is text"),
        ("[stalls]\ndefault_threshold = 300\n", 'with a unit, like "90s", "5m" or "14d"; did you mean "300s"?'),
        ('[stalls]\ndefault_threshold = "soon"\n', '{file}:2: [stalls] default_threshold: "soon" is not valid'),
        ("[stalls]\nlearned = { quantile = 2.0 }\n", "{file}:2: [stalls] learned.quantile: the value must be < 1.0"),
        ("[stalls]\nlearned = { quantile = [] }\n", "[stalls] learned.quantile: [] is not valid: expected a number"),
        ('[correlation]\nkeys = "saga.id"\n', '{file}:2: [correlation] keys: "saga.id" is not valid: expected a list'),
        ("[correlation]\nkeys = [1]\n", "{file}:2: [correlation] keys.0: 1 is not valid: expected text in quotes"),
        ("store = 1\n", "{file}:1: [store]: must be a table of keys, not a number"),
        ("collectors = 1\n", "{file}:1: [collectors]: 1 is not valid: expected a table of keys"),
        ("[collectors]\notlp = 1\n", "{file}:2: [collectors.otlp]: must be a table of keys"),
        ('[forward]\nendpoint = "collector:4317"\n', '[forward] endpoint: "collector:4317" is not valid: write a URL'),
        ("[forward]\nendpoint = 1\n", "{file}:2: [forward] endpoint: 1 is not valid: write a URL"),
        ('[forward]\nprotocol = "udp"\n', '"udp" is not valid: choose one of grpc, http/protobuf'),
        ('[api]\ntoken = "s3cret"\n', "{file}:2: [api] token: a secret does not belong in the file: use"),
        ('[api]\ntoken = "s3cret"\n', 'the file: use "token_file" or $SAGASCOPE_API__TOKEN'),
        ("[api]\ntoken_file = 3\n", "{file}:2: [api] token_file: 3 is not valid: expected a file name in quotes"),
        ('[api]\nlisten = "0.0.0.0:4319"\n', "0.0.0.0:4319 can be reached from other machines: set token_file"),
        ('[api]\ntls_cert = "c.pem"\n', "{file}:1: [api]: TLS needs tls_cert and tls_key together; tls_key is missing"),
        ('[api]\ntls_key = "c.pem"\n', "{file}:1: [api]: TLS needs tls_cert and tls_key together; tls_cert is missing"),
        ('[[alerts]]\nseverity = "info"\n', '{file}:1: [alerts.0]: the key "name" is missing'),
        ('[[alerts]]\nname = "a"\nnotify = ["ops"]\n', ':3: [alerts.0] notify: "ops": no such [notifiers] table'),
        ('[notifiers.ops]\ntype = "pigeon"\n', '{file}:2: [notifiers.ops] type: "pigeon" is not valid: choose one of'),
        ("[store]\n[api\n", "{file}:2: not valid TOML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line_and_the_fix(tmp_path, text, expected):
    """An error names the file, the line, the key, what is wrong and what to write instead."""
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, text)

    assert expected.replace("{file}", str(tmp_path / "sagascope.toml")) in str(raised.value)


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("SAGASCOPE_STORE__PAHT", "x", '$SAGASCOPE_STORE__PAHT: [store] paht: no such key; did you mean "path"?'),
        ("SAGASCOPE_STROE__PATH", "x", '$SAGASCOPE_STROE__PATH: [stroe]: no such table; did you mean "store"?'),
        ("SAGASCOPE_STORE__PATH__X", "x", "$SAGASCOPE_STORE__PATH__X: store.path is not a table"),
        ("SAGASCOPE_ALERTS__7__NAME", "x", "$SAGASCOPE_ALERTS__7__NAME: alerts.7 is not a table"),
        ("SAGASCOPE_STORE__THREADS", "many", '$SAGASCOPE_STORE__THREADS: [store] threads: "many" is not valid'),
        ("SAGASCOPE_STALLS__DEFAULT_THRESHOLD", "5", '[stalls] default_threshold: "5" is not valid'),
    ],
)
def test_what_is_wrong_in_the_environment_names_the_variable(tmp_path, variable, value, expected):
    """An error in a variable names the variable, not the file."""
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, '[store]\npath = "x"\n', **{variable: value})

    assert expected in str(raised.value)


def test_a_missing_file_says_so(tmp_path):
    """--config with no such file is an error and not the defaults."""
    with pytest.raises(ConfigError, match="no such file"):
        read(tmp_path / "none.toml", environ={}, cwd=tmp_path)


@pytest.mark.parametrize("text", ['[sagas]\nfiles = ["sagas/*.toml"]\n', "[stalls]\nlearned = { min_samples = 5 }\n"])
def test_what_has_effect_is_not_warned_of(tmp_path, text):
    """Definitions and learned thresholds are used."""
    assert load(tmp_path, text).warnings == ()


TLS = '[api]\nlisten = "192.0.2.1:4319"\ntls_cert = "c.pem"\ntls_key = "k.pem"\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TLS, ["[api] listen: everybody who reaches 192.0.2.1:4319 may read"]),
        (TLS + 'token_file = "t"\n', []),
        (TLS.replace("192.0.2.1", "127.0.0.1"), []),
    ],
)
def test_an_api_that_anybody_may_ask_is_told(tmp_path, text, expected):
    """TLS alone lets everybody in who reaches it: allowed, and said at start."""
    warnings = load(tmp_path, text).warnings

    assert expected == [warning[: len(told)] for warning, told in zip(warnings, expected, strict=True)]


def test_a_secret_comes_from_the_environment(tmp_path):
    """The environment may carry what the file may not."""
    environ = {"SAGASCOPE_API__TOKEN": "s3cret", "SAGASCOPE_API__LISTEN": "192.0.2.1:1"}

    actual = load(tmp_path, "", **environ).settings.api

    assert (actual.token, actual.listen) == ("s3cret", "192.0.2.1:1")
