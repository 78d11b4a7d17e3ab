"""What is said of options that are wrong, before any message is read."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from collectors.dialects.decoder import Decoder
from collectors.dialects.options import DialectOptions
from tracer.config.shape import shape
from tracer.config.sources import read
from tracer.errors import ConfigError

FILE = """
[collectors.events]
dead_letter = ["*.DLT"]

[[collectors.events.mapping]]
saga = "=order"

[[collectors.events.mapping]]
topic = "orders"
%s
"""


def refusal(tmp_path: Path, line: str) -> str:
    """Read a configuration with this line in its second mapping, and give the error."""
    file = tmp_path / "sagascope.toml"
    file.write_text(FILE % line)
    source = read(file, environ={}, cwd=tmp_path)
    with pytest.raises(ConfigError) as refused:
        shape(source.tables["collectors"]["events"], DialectOptions, source=source, path=("collectors", "events"))
    return str(refused.value)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('step = "$.a..b"', 'step: "$.a..b" is no place in a payload; write it like $.order.id'),
        ('step = "order.id"', 'step: "order.id" is none of "$.payload.path"'),
        ('step = "header:"', 'step: "header:" names no header'),
        ('step = "="', 'step: "=" is an empty constant'),
        ('phase = "=exploded"', 'phase: "exploded" is none of txn_started'),
        ('phase = { from = "$.t", values = { A = "begun" } }', 'phase: "begun" is none of txn_started'),
        ('outcome = "=done"', 'outcome: "done" is none of completed'),
        ('attempt = "=0"', 'attempt: "0" is no whole number from 1'),
        ('when = { "type" = "x" }', 'when."type": "type" is none of'),
        ('aliases = { p = "p" }', 'aliases.p: "p" is none of'),
        ('transaction = "$.id"', 'did you mean "transaction_id"?'),
    ],
)
def test_a_mapping_that_is_wrong(tmp_path: Path, line: str, problem: str) -> None:
    """The error names the file, the line of the mapping or of the key, the key and the fix."""
    text = refusal(tmp_path, line)
    known = "did you mean" not in problem

    assert problem in text
    assert text.startswith(f"{tmp_path / 'sagascope.toml'}:{8 if known else 10}: [collectors.events] mapping.1")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"dialect": "avro"}, 'dialect = "avro" is no dialect; choose one of auto, cloudevents'),
        ({"dialect": {"a*": "jason"}}, 'dialect."a*" = "jason" is no dialect'),
        ({"mapping": [{"saga": "=x"}] * 201}, "mapping has 201 tables; 200 are the most"),
        ({"mapping": [{"topic": ""}]}, 'topic = "" matches nothing'),
    ],
)
def test_options_that_are_wrong(options: dict[str, Any], problem: str) -> None:
    """A name that is no dialect is refused with those that are; limits are said."""
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(options, DialectOptions)

    assert problem in str(refused.value)


def test_options_made_in_code() -> None:
    """A decoder checks options that nobody read from a file, and names its collector."""
    with pytest.raises(ConfigError, match=r"\[collectors.events\]: .*no dialect"):
        Decoder(source="events", correlation_keys=(), options=_unchecked())


def _unchecked() -> DialectOptions:
    options = DialectOptions()
    msgspec.structs.force_setattr(options, "dialect", "nope")
    return options
