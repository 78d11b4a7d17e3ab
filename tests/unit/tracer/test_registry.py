from __future__ import annotations

import sys
import types
from importlib.metadata import EntryPoint
from pathlib import Path

import msgspec
import pytest

from tracer.config.decode import Configuration, decode
from tracer.config.sources import read
from tracer.errors import ConfigError
from tracer.registry import GROUP, installed, plan


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of every kind that a table can set."""

    listen: str = "here"
    max_body: int = 1
    wait_s: float = 1.0
    strict: bool = False


class FakeType:
    """A collector type that builds what it was given."""

    options = Options

    def build(self, options, wiring):
        """Give back what a collector would be made from."""
        return (options, wiring)


def load(tmp_path: Path, text: str, **environ: str) -> Configuration:
    """Write a file and read it with these variables."""
    file = tmp_path / "sagascope.toml"
    file.write_text(text)
    return decode(read(file, environ=environ, cwd=tmp_path))


@pytest.fixture
def known(monkeypatch):
    """Two installed types, one of which does not load."""
    module = types.ModuleType("fake_plugin")
    module.TYPE = FakeType()
    monkeypatch.setitem(sys.modules, "fake_plugin", module)
    return {
        "fake": EntryPoint("fake", "fake_plugin:TYPE", GROUP),
        "broken": EntryPoint("broken", "fake_plugin:NOTHING", GROUP),
    }


def test_a_table_becomes_the_options_of_its_type(tmp_path, known):
    """Sizes and durations are read by the type of the field."""
    text = '[collectors.a]\ntype = "fake"\nmax_body = "64MiB"\nwait_s = "5m"\n'
    (actual,) = plan(load(tmp_path, text, SAGASCOPE_COLLECTORS__A__STRICT="true"), known)

    assert (actual.name, actual.type) == ("a", "fake")
    assert Options(max_body=67_108_864, wait_s=300.0, strict=True) == actual.options
    assert actual.build("wiring") == (actual.options, "wiring")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[collectors.a]\ntype = "fkae"\n', 'type: "fkae": no such collector type; did you mean "fake"?'),
        ('[collectors.a]\ntype = "kafka"\n', "no such collector type; known: broken, fake"),
        ("[collectors.a]\ntype = 3\n", '[collectors.a] type: "3": no such collector type'),
        ("[collectors.nats]\n", '[collectors.nats] type: "nats": no such collector type; known: broken, fake'),
        ('[collectors.a]\ntype = "fake"\nlisen = "x"\n', ":3: [collectors.a] lisen: no such key; did you mean"),
        ('[collectors.a]\ntype = "fake"\nstrict = "true"\n', 'strict: "true" is not valid: write true or false'),
        ('[collectors.a]\ntype = "broken"\n', 'the collector type "broken" (fake_plugin:NOTHING) does not load'),
    ],
)  # fmt: skip
def test_a_wrong_table_is_refused_with_the_fix(tmp_path, known, text, expected):
    """An unknown type lists the known ones; an unknown option suggests the nearest."""
    with pytest.raises(ConfigError) as raised:
        plan(load(tmp_path, text), known)

    assert expected in str(raised.value)


def test_our_own_collectors_are_found_as_strangers_would_be():
    """The otlp collector is an entry point like any other."""
    assert "otlp" in installed()
