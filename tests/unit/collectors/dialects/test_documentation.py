"""docs/mapping.md says what is so."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec

from collectors.dialects.decoder import Decoder
from collectors.dialects.dialects import NAMES
from collectors.dialects.options import DialectOptions, Rule
from tests.messages import messages
from tracer.model.keys import CORRELATION_KEYS

DOCS: Final = Path(__file__).parents[4] / "docs"
PAGE: Final = (DOCS / "mapping.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    """Take the examples of one kind out of the page."""
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def options() -> DialectOptions:
    """Read the examples of configuration as one file, less what belongs to Kafka."""
    table = tomllib.loads("\n".join(blocks("toml")))["collectors"]["orders"]
    return msgspec.convert({key: value for key, value in table.items() if key != "type"}, DialectOptions)


def decoded(message: dict[str, Any]) -> dict[str, Any]:
    """Decode a message with the page's mapping."""
    made = Decoder(source="orders", correlation_keys=CORRELATION_KEYS, options=options())
    row: dict[str, Any] = made.decode(messages(message), received_ns=1).records.to_pylist()[0]
    return row


def test_the_example() -> None:
    """The example's message becomes the record that stands under it."""
    (given,), (shown,) = blocks("json message"), blocks("json record")
    expected = json.loads(shown)
    row = decoded({"value": given.encode(), "headers": [("service", b"shop")]})

    assert expected == {name: row[name] for name in expected}


def test_the_example_of_a_tombstone() -> None:
    """A tombstone of the example becomes a record."""
    row = decoded({"key": b"4711", "value": None})

    assert ("4711", "OrderDeleted") == (row["transaction_id"], row["name"])


def test_every_key() -> None:
    """The page has every key of the options and of a mapping."""
    keys = {field.encode_name for struct in (DialectOptions, Rule) for field in msgspec.structs.fields(struct)}
    told = set(re.findall(r"`([a-z_]+)(?:\.KIND)?`", PAGE))

    assert set() == keys - told


def test_every_dialect() -> None:
    """The page of dialects has a row for each."""
    rows = re.findall(r"^\| `([\w-]+)` \|", (DOCS / "dialects.md").read_text("utf-8"), re.MULTILINE)

    assert set() == set(NAMES) - set(rows)
