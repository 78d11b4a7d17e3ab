"""docs/definitions.md tells every key and error of a definition, and nothing that is not there."""

import re
from pathlib import Path

import msgspec
import pytest

from tracer.config import definition_order, definition_rules, definition_tables, definitions, shape
from tracer.config.definition_tables import PatternTable, RetryTable, SagaTable, StepTable, UndoTable
from tracer.config.definitions import parse_definitions
from tracer.errors import ConfigError

PAGE = (Path(__file__).parents[4] / "docs" / "definitions.md").read_text("utf-8")
EXAMPLE = next(text for text in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL) if "[saga." in text)


def cells(heading):
    """Give the first two cells of each row of the table in a section."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `([^|]+)` \| ([^|]*?) ?\|", section, re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "struct"),
    [
        ("The saga", SagaTable),
        ("A step", StepTable),
        ("A retry", RetryTable),
        ("A compensation", UndoTable),
        ("A narrowed name", PatternTable),
    ],
)
def test_every_key_is_told(heading, struct):
    """The table of a section is its struct, and says what is required."""
    fields = {field.encode_name: field.required for field in msgspec.structs.fields(struct)}

    assert {key: value == "required" for key, value in cells(heading).items()} == fields


def test_the_example_is_a_definition_that_shows_every_key():
    """The example parses, and a reader sees each key once."""
    (saga,) = parse_definitions(EXAMPLE, name="orders.toml")
    structs = (SagaTable, StepTable, RetryTable, UndoTable, PatternTable)
    keys = {field.encode_name for struct in structs for field in msgspec.structs.fields(struct)}

    assert [step.name for step in saga.steps][-1] == "ship-order"
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}( =|\])", EXAMPLE)] == []


def test_the_error_that_is_shown_is_the_one_that_comes():
    """A slip in the example gives the error of the page, line and all."""
    expected = re.search(r"^sagas/orders\.toml:\d+: .*$", PAGE, re.MULTILINE)[0]
    slip = EXAMPLE.replace('after = ["reserve-inventory",', 'after = ["reserve-inventry",')

    with pytest.raises(ConfigError) as raised:
        parse_definitions(slip, name="sagas/orders.toml")

    assert str(raised.value) == expected


def test_every_error_of_the_table_exists():
    """What the page quotes is in the code, word for word."""
    modules = (definition_order, definition_rules, definition_tables, definitions, shape)
    code = "".join(Path(module.__file__).read_text("utf-8") for module in modules)
    code += (Path(shape.__file__).parent / "sources.py").read_text("utf-8")
    code = re.sub(r"\{counts\[[^}]*\}", "2", code).replace("no such {what}", "no such key no such step")

    assert [quoted for quoted in cells("What is refused") if quoted not in code] == []
    assert "records that carry no saga.name cannot be told apart" in code


def test_the_limits_are_those_of_the_code():
    """Each limit in the list is the number that is held."""
    limits = PAGE.partition("## Values")[2].partition("## ")[0]
    told = [int(number) for number in re.findall(r"(\d+) (?:characters|steps|names|MiB|sagas)", limits)]
    urls = int(re.search(r"commands and URLs up to (\d+)", PAGE)[1])

    assert told == [
        definition_rules.MAX_NAME_CHARS,
        definitions.MAX_DEFINITION_BYTES // 2**20,
        definition_rules.MAX_STEPS,
        definition_rules.MAX_PATTERNS,
        definitions.MAX_SAGAS,
    ]
    assert urls == definition_rules.MAX_TEMPLATE_CHARS
