from __future__ import annotations

from pathlib import Path

import pytest

from tracer.app.loops import is_same
from tracer.app.opening import open_store
from tracer.app.plan import Plan, make_plan, otlp_collector
from tracer.app.sidecar import _retention
from tracer.clock import FixedClock
from tracer.config.sources import Source, read
from tracer.errors import ConfigError, StoreError
from tracer.store.retention import Retention


def source(tmp_path: Path, text: str, **environ: str) -> Source:
    """Write a file and read it with these variables."""
    file = tmp_path / "sagascope.toml"
    file.write_text(text)
    return read(file, environ=environ, cwd=tmp_path)


def plan(tmp_path: Path, text: str, **environ: str) -> Plan:
    """Plan what a file would run."""
    return make_plan(source(tmp_path, text, **environ), environ)


def test_the_defaults_are_a_plan(tmp_path):
    """Without any configuration one otlp collector runs on its own ports, and the store has its place."""
    planned = plan(tmp_path, "", XDG_DATA_HOME="/somewhere")

    assert [(one.name, one.type) for one in planned.collectors] == [("otlp", "otlp")]
    assert planned.store == Path("/somewhere/sagascope/sagascope.duckdb")
    assert planned.warnings == ()


def test_secrets_are_read_before_anything_starts(tmp_path):
    """A token file that is not there is found by check-config, not at night."""
    with pytest.raises(ConfigError, match=r"\[api\] token_file: .*none cannot be read"):
        plan(tmp_path, '[api]\ntoken_file = "none"\n')
    with pytest.raises(ConfigError, match=r"\[forward\] headers_file: .*none cannot be read"):
        plan(tmp_path, '[forward]\nheaders_file = "none"\n')


def test_headers_come_from_a_file_or_the_environment(tmp_path):
    """Both ways give the same headers."""
    (tmp_path / "headers").write_text("X-Key: one\n")

    assert plan(tmp_path, '[forward]\nheaders_file = "headers"\n').forward_headers == {"x-key": "one"}
    assert plan(tmp_path, "", SAGASCOPE_TELEMETRY__HEADERS="x-key=two").telemetry_headers == {"x-key": "two"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "otlp"),
        ("[collectors.otlp]\n", "otlp"),
        ('[collectors.main]\ntype = "otlp"\n[collectors.k]\ntype = "kafka"\n', "main"),
        ('[collectors.otlp]\n[collectors.b]\ntype = "otlp"\n', "otlp"),
    ],
)
def test_the_otlp_options_mean_the_one_otlp_collector(tmp_path, text, expected):
    """The only one, or the one named otlp."""
    assert otlp_collector(source(tmp_path, text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[collectors.a]\ntype = "otlp"\n[collectors.b]\ntype = "otlp"\n', "several have"),
        ('[collectors.a]\ntype = "kafka"\n', "none has"),
    ],
)
def test_an_unclear_otlp_option_is_refused(tmp_path, text, expected):
    """The option never picks one by chance."""
    with pytest.raises(ConfigError, match=expected):
        otlp_collector(source(tmp_path, text))


@pytest.mark.parametrize(
    ("url", "address", "expected"),
    [
        ("http://127.0.0.1:4317", "127.0.0.1:4317", True),
        ("http://localhost:4317", "127.0.0.1:4317", True),
        ("http://localhost:4317", "0.0.0.0:4317", True),
        ("http://localhost:4317", "http://127.0.0.1:4317", True),
        ("http://[::1]:4318", "[::1]:4318", True),
        ("http://collector:4317", "collector:4317", True),
        ("http://localhost:4317", "127.0.0.1:4318", False),
        ("http://collector:4317", "127.0.0.1:4317", False),
        ("https://collector", "collector:443", True),
    ],
)
def test_an_endpoint_that_is_our_own_listener_is_recognised(url, address, expected):
    """Whatever is sent to ourselves would come back for ever."""
    assert is_same(url, address) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[forward]\nendpoint = "http://localhost:4317"\n',
            ":2: [forward] endpoint: http://localhost:4317 is this side",
        ),
        ('[telemetry]\notlp_endpoint = "http://[::1]:4318"\n', ":2: [telemetry] otlp_endpoint: http://[::1]:4318 is"),
        ('[collectors.a]\ntype = "otlp"\ngrpc = "h:1"\n[forward]\nendpoint = "http://h:1"\n', "own listener h:1"),
    ],
)
def test_a_loop_is_found_before_anything_starts(tmp_path, text, expected):
    """check-config refuses what serve would."""
    with pytest.raises(ConfigError) as raised:
        plan(tmp_path, text)

    assert expected in str(raised.value)


def test_a_listener_that_is_off_makes_no_loop(tmp_path):
    """Nothing comes back where nobody listens."""
    text = '[collectors.otlp]\ngrpc = ""\n[forward]\nendpoint = "http://localhost:4317"\n'

    assert plan(tmp_path, text).settings.forward.endpoint == "http://localhost:4317"


def test_a_limit_of_zero_is_no_limit(tmp_path):
    """Zero keeps everything, and never nothing."""
    planned = plan(tmp_path, '[store]\nretention = { max_age = "0s", max_size = 0 }\n')

    assert _retention(planned) == Retention(max_age_s=None, max_size=None)


def test_a_folder_that_cannot_be_used_is_told(tmp_path):
    """What the system refuses is an error with the fix, not a trace."""
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="with --data"):
        open_store(tmp_path / "file" / "s.duckdb", clock=FixedClock(0))


SAGA = '[saga.orders]\nstep = [{ name = "place", owner = "orders" }]\n'


def test_definitions_are_part_of_the_plan(tmp_path):
    """The files count from the configuration's folder, and what is doubtful in them is told."""
    (tmp_path / "sagas").mkdir()
    (tmp_path / "sagas" / "orders.toml").write_text(SAGA)
    planned = plan(tmp_path, '[sagas]\nfiles = ["sagas/*.toml", "more/*.toml"]\n')

    assert [saga.name for saga in planned.sagas] == ["orders"]
    (warning,) = planned.warnings
    assert warning.startswith(f'{tmp_path / "sagascope.toml"}:2: [sagas] files: "more/*.toml" matches no file')


def test_definitions_that_the_environment_names_count_from_where_we_are(tmp_path, monkeypatch):
    """A name in a variable means what it means in the shell that sets it."""
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "orders.toml").write_text(SAGA)
    monkeypatch.chdir(tmp_path / "here")

    assert plan(tmp_path, "", SAGASCOPE_SAGAS__FILES="orders.toml").sagas[0].where == "orders.toml:1"
    with pytest.raises(ConfigError, match=r'^\$SAGASCOPE_SAGAS__FILES: \[sagas\] files: "none.toml": no such file'):
        plan(tmp_path, "", SAGASCOPE_SAGAS__FILES="none.toml")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ("none.toml", '{folder}/sagascope.toml:2: [sagas] files: "none.toml": no such file in {folder}; a folder is'),
        ("bad.toml", '{folder}/bad.toml:3: [saga.orders] setp: no such key; did you mean "step"?'),
    ],
)
def test_a_definition_that_is_wrong_is_found_before_anything_starts(tmp_path, files, expected):
    """The error names the line to correct."""
    (tmp_path / "bad.toml").write_text("\n[saga.orders]\nsetp = []\n")

    with pytest.raises(ConfigError) as raised:
        plan(tmp_path, f'[sagas]\nfiles = ["{files}"]\n')

    assert str(raised.value).startswith(expected.format(folder=tmp_path))


KAFKA = '[collectors.events]\ntype = "kafka"\ntopics = ["orders"]\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[collectors.events]\ntype = "kafka"\n', r"\[collectors.events\]: nothing to read"),
        (f'{KAFKA}sasl_mechanism = "PLAIN"\n', "needs username and password_file; username is missing"),
        (
            f'{KAFKA}registry = {{ url = "http://r:8081", username = "ann" }}\n',
            r"\[collectors.events.registry\]: a login needs .* password_file is missing",
        ),
        (
            f'{KAFKA}registry = {{ url = "http://r:8081", tls_ca = "ca.pem" }}\n',
            "tls_ca is set, but url",
        ),
    ],
)
def test_options_that_contradict_each_other_are_found_before_anything_starts(tmp_path, text, problem):
    """What a collector would say when it is built, the plan says too; no registry and no broker is asked."""
    with pytest.raises(ConfigError, match=problem):
        plan(tmp_path, text)


def test_a_rule_that_can_never_hold_is_a_warning(tmp_path):
    """It hinders nothing, so it is told beside the other warnings."""
    planned = plan(tmp_path, f'{KAFKA}[[collectors.events.mapping]]\ntopic = "order"\nstep = "$.step"\n')

    why = "mapping rule 1 can never hold: topic order is not read; add it to topics, or remove the rule"
    assert planned.warnings == (f"[collectors.events]: {why}",)


def test_a_template_that_makes_no_command_is_told_before_the_night(tmp_path):
    """A template that no value could fill is a warning with its place, its step and the reason."""
    (tmp_path / "order.toml").write_text(
        '[saga.order]\n[[saga.order.step]]\nname = "pay"\nowner = "payment"\nrun = "retry \'{id}"\n'
    )
    (warning,) = plan(tmp_path, '[sagas]\nfiles = ["order.toml"]\n').warnings

    assert "order.toml:1: saga order: step pay: run: no command will ever be advised:" in warning
    assert "quotes" in warning
