"""The stack's shop tells the story that its page promises."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

SHOP = Path(__file__).parents[3] / "compose" / "shop.py"


@pytest.fixture(scope="module")
def shop() -> dict[str, Any]:
    """Load the program without running it."""
    return runpy.run_path(str(SHOP))


def fulfilled(shop: dict[str, Any], number: int) -> list[ReadableSpan]:
    """Carry one order through the shop and catch its spans."""
    memory = InMemorySpanExporter()
    shop["fulfil"](number, shop["staff"](SimpleSpanProcessor(memory)), longest_step_s=0)
    return list(memory.get_finished_spans())


def test_an_order_passes_every_service_in_one_trace(shop: dict[str, Any]) -> None:
    """Each step is told by its owner, under the order's id, and the last one ends the order."""
    spans = fulfilled(shop, 1)

    assert list(shop["STEPS"]) == [(s.resource.attributes["service.name"], s.attributes["saga.step"]) for s in spans]
    assert {"ORD-000001"} == {span.attributes["saga.id"] for span in spans}
    assert 1 == len({span.context.trace_id for span in spans})
    assert [None, None, None, "completed"] == [span.attributes.get("saga.outcome") for span in spans]


def test_every_fifth_order_is_lost_before_shipping(shop: dict[str, Any]) -> None:
    """A lost order ends with its payment and has no outcome."""
    spans = fulfilled(shop, 5)

    assert ["place-order", "reserve-inventory", "capture-payment"] == [s.attributes["saga.step"] for s in spans]
    assert [] == [span.name for span in spans if "saga.outcome" in span.attributes]


def test_each_step_follows_from_the_one_before(shop: dict[str, Any]) -> None:
    """A step's parent is the step that handed over to it."""
    spans = fulfilled(shop, 2)
    parents = [span.parent.span_id if span.parent else None for span in spans]

    assert [None, *(span.context.span_id for span in spans[:-1])] == parents
