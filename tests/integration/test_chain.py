"""A sidecar that forwards to another one: what the first takes in, the second has, whatever became of it meanwhile."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.integration import story
from tests.integration.test_exporters import AN_HOUR_AGO, python_saga, tell
from tests.sidecars import Sidecar, serving

__all__ = ["python_saga"]  # a fixture

pytestmark = pytest.mark.integration

LOOKS: Final = 120
LOOK_EVERY_S: Final = 0.5


def free_port() -> int:
    """Find a port for a sidecar that is to come back where it was."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def forwarding(port: int, protocol: str, **more: str) -> Mapping[str, str]:
    """Give the settings that pass everything on to a port."""
    names = {"endpoint": f"http://127.0.0.1:{port}", "protocol": protocol, **more}
    return {f"SAGASCOPE_FORWARD__{name.upper()}": value for name, value in names.items()}


def count(sidecar: Sidecar, transaction: str) -> int:
    """Count the records that carry an id."""
    rows = sidecar.sql(f"SELECT count(*) AS n FROM records WHERE transaction_id = '{transaction}'")  # noqa: S608 - ours
    return int(rows[0]["n"])


def arrived(sidecar: Sidecar, transaction: str) -> int:
    """Count the records of a story once all of them have come, or have not in a minute."""
    for _ in range(LOOKS):
        if count(sidecar, transaction) >= story.RECORDS:
            break
        time.sleep(LOOK_EVERY_S)
    return count(sidecar, transaction)


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_everything_arrives_also_after_the_other_was_down(protocol: str, python_saga: list[str], scratch: Path) -> None:
    """Before, during and after an outage of the second sidecar: each record is there, once, and told the same."""
    port = free_port()
    door = f"--otlp-{'grpc' if protocol == 'grpc' else 'http'}=127.0.0.1:{port}"
    second = scratch / "second" / "store.duckdb"
    second.parent.mkdir()
    (scratch / "first").mkdir()
    with serving(scratch / "first" / "store.duckdb", settings=forwarding(port, protocol)) as first:
        with serving(second, door) as other:
            tell(python_saga, first, "grpc", "before")
            assert story.RECORDS == arrived(other, "before")
        tell(python_saga, first, "grpc", "during")
        assert story.RECORDS == count(first, "during")
        with serving(second, door) as other:
            tell(python_saga, first, "http/protobuf", "after")
            came = {name: arrived(other, name) for name in ("before", "during", "after")}
            told = {name: story.told_timeline(other.show(name)) for name in came}

    assert dict.fromkeys(("before", "during", "after"), story.RECORDS) == came
    assert dict.fromkeys(came, story.timeline(AN_HOUR_AGO, logs_by="id")) == told


def test_what_cannot_be_passed_on_is_still_taken_in(python_saga: list[str], scratch: Path) -> None:
    """With nobody there and a queue of one, every record is acknowledged and kept."""
    settings = forwarding(free_port(), "grpc", max_queued_requests="1")
    with serving(scratch / "store.duckdb", settings=settings) as first:
        complaints = [tell(python_saga, first, "grpc", f"T-{number}") for number in range(3)]
        kept = [count(first, f"T-{number}") for number in range(3)]

    assert [""] * 3 == complaints
    assert [story.RECORDS] * 3 == kept
