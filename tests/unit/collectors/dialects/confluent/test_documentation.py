"""docs/registry.md says what is so."""

import re
from pathlib import Path
from typing import Final

import pytest

from collectors.dialects.confluent import limits
from collectors.dialects.confluent.avro_logical import READERS
from collectors.dialects.confluent.options import RegistryOptions
from collectors.dialects.confluent.protobuf_imports import CONFLUENT

PAGE: Final = (Path(__file__).parents[5] / "docs" / "registry.md").read_text(encoding="utf-8")


def test_every_key() -> None:
    """The page has a row for each key, in their order, and for no other."""
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.partition("| key |")[2].partition("\n\n")[0], re.MULTILINE)

    assert list(RegistryOptions.__struct_fields__) == rows


@pytest.mark.parametrize(
    "said",
    [
        f"one value | {limits.MAX_VALUE_BYTES // limits.MIB} MiB, and",
        f"{limits.MAX_JSON_CHARS // limits.MIB} Mi characters as JSON",
        f"one batch as JSON | {limits.MAX_BATCH_BYTES // 2**30} GiB",
        f"one answer of the registry | {limits.MAX_ANSWER_BYTES // limits.MIB} MiB; what one schema refers to:",
        f"{limits.MAX_REFERENCES} schemas, {limits.MAX_SCHEMA_CHARS // limits.MIB} Mi characters",
        f"types within types | {limits.MAX_SCHEMA_DEPTH};",
        f"{limits.MAX_SCHEMAS:,} schemas, {limits.MAX_REFUSALS:,} ids that have none",
        f"{limits.MAX_LOOKUPS} schemas, {limits.LOOKUPS_S:.0f} s",
        f"compiling a .proto | {limits.COMPILE_S:.0f} s",
        f"{limits.MAX_EXPANSION} values, is refused",
        f"`timeout` | `{RegistryOptions(url='http://h').timeout:.0f}s`",
    ],
)
def test_every_limit(said: str) -> None:
    """The page gives the limits that hold."""
    assert said in PAGE


def test_every_logical_type_and_import() -> None:
    """The page names what is read of Avro's logical types, and what a .proto may import."""
    names = {key.partition("-")[2].removeprefix("local-") for key in READERS}
    patterns = {name if name in {"date", "decimal"} else f"{name.partition('-')[0]}-*" for name in names}

    assert [] == [name for name in patterns if f"`{name}`" not in PAGE]
    assert [] == [path for path in CONFLUENT if f"`{path}`" not in PAGE and "types/" not in path]
