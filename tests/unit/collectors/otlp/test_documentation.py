"""docs/attributes.md says what is so."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
import pytest

from collectors.otlp import keys
from collectors.otlp.decode import Decoder
from collectors.otlp.json_request import protobuf_bytes
from collectors.otlp.options import MIB, OtlpOptions
from collectors.otlp.tally import Refusal, Tally
from tracer.model.keys import CORRELATION_KEYS
from tracer.model.words import OUTCOMES, PHASES

PAGE: Final = (Path(__file__).parents[4] / "docs" / "attributes.md").read_text(encoding="utf-8")
BLOCKS: Final = re.findall(r"^```json (span|log|records?)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES: Final = list(zip(BLOCKS[::2], BLOCKS[1::2], strict=True))


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples(example: Any) -> None:
    """Each example becomes the records that stand under it."""
    (signal, given), (_, shown) = example
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "inventory"}}]}
    shapes = {
        "span": {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [json.loads(given)]}]}]},
        "log": {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [json.loads(given)]}]}]},
    }
    kind: Any = {"span": "traces", "log": "logs"}[signal]
    body = protobuf_bytes(kind, json.dumps(shapes[signal]).encode(), max_items=100)
    decoder = Decoder(correlation_keys=CORRELATION_KEYS, source="otlp", max_records=1_000, max_items=100)
    rows = [_parsed(row) for row in decoder.decode({kind: [body]}, received_ns=1).to_pylist()]
    expected = json.loads(shown) if shown.startswith("[") else [json.loads(shown)]

    got = [{name: row[name] for name in wanted} for wanted, row in zip(expected, rows, strict=True)]

    assert json.dumps(expected, sort_keys=True) == json.dumps(got, sort_keys=True)  # 1 is not 1.0


def test_there_are_examples() -> None:
    """The page has examples of spans and log records."""
    assert {"span", "log"} == {given for (given, _), _ in EXAMPLES}
    assert PAGE.count("```json") == len(BLOCKS)


def test_every_key() -> None:
    """The page names every attribute that is read or written, and every word of their vocabularies."""
    names = [value for name, value in vars(keys).items() if name.isupper() and name not in {"ESCAPE", "RESERVED"}]
    flat = [key for value in names for key in ([value] if isinstance(value, str) else value)]

    assert [] == [key for key in flat if f"`{key}" not in PAGE and f'"{key}"' not in PAGE]
    assert [] == [word for word in (*PHASES, *OUTCOMES) if f"`{word}`" not in PAGE]


def test_every_correlation_key() -> None:
    """The page names every key that may carry the transaction id where nobody configured any."""
    assert [] == [key for key in CORRELATION_KEYS if f"`{key}`" not in PAGE]


def test_every_option() -> None:
    """The page shows every option with its default."""
    [table] = re.findall(r"^```toml\n(\[collectors.otlp\].*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    shown = tomllib.loads(re.sub(r"^# ", "", table, flags=re.MULTILINE))["collectors"]["otlp"]
    sizes = {name: int(value.removesuffix("MiB")) * MIB for name, value in shown.items() if str(value).endswith("MiB")}
    files = {"tls_cert": None, "tls_key": None, "token_file": None}

    assert msgspec.to_builtins(OtlpOptions()) == shown | sizes | files


def test_every_counter() -> None:
    """The page names every counter."""
    assert [] == [name for name in (*Tally().counts(), *get_args(Refusal)) if f"`{name}`" not in PAGE]


def _parsed(row: dict[str, Any]) -> dict[str, Any]:
    columns = ("attributes", "resource", "aliases", "links")
    return row | {name: None if row[name] is None else json.loads(row[name]) for name in columns}
