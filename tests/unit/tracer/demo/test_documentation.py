from pathlib import Path

import pytest

from tracer.cli.demo import demo
from tracer.demo.faults import FAULTS, KAFKA_FAULTS, ORDER

PAGE = (Path(__file__).parents[4] / "docs" / "demo.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("fault", [*FAULTS, *KAFKA_FAULTS], ids=lambda fault: f"{fault.name} {fault.per_hundred}")
def test_every_fault_is_in_the_table(fault):
    """The page says of each fault what the one table in the code says."""
    saga = "order" if fault.saga == ORDER else "transfer"

    assert f"| `{fault.name}` | {saga} | {fault.per_hundred} | {fault.what} |" in PAGE


@pytest.mark.parametrize(
    "option", [option for option in demo.params if option.name != "headless"], ids=lambda o: o.name
)
def test_every_option_is_in_the_table(option):
    """The page has each option of the command with its default."""
    default = option.default if option.show_default else ""
    default = f"{default:g}" if isinstance(default, float) else default

    assert f"| `{option.opts[0]}` | {default}".rstrip() in PAGE
