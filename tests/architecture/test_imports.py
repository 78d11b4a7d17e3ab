"""What is loaded at run time, which no static check can tell: start-up time hangs on it."""

import json
import subprocess
import sys

import pytest

HEAVY = {"aiohttp", "duckdb", "grpc", "numpy", "opentelemetry", "prometheus_client", "ptars", "pyarrow", "textual"}
PROGRAM = "import importlib, json, sys; importlib.import_module(sys.argv[1]); print(json.dumps(list(sys.modules)))"


def loaded_by(module: str) -> set[str]:
    """Import one module in a fresh interpreter and name the packages that came with it."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, module], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


@pytest.mark.parametrize(
    "module",
    ["tracer.cli.main", "tracer.cli.ls", "tracer.cli.show", "tracer.client", "tracer.views", "tui.command"],
)
def test_the_way_to_a_person_starts_light(module: str) -> None:
    """What a reading command needs to start loads no engine."""
    loaded = loaded_by(module)

    assert set() == loaded & HEAVY


@pytest.mark.parametrize("module", ["tracer.app", "tracer.api", "tracer.store", "tracer.query", "tracer.ingest"])
def test_the_core_loads_no_plugin(module: str) -> None:
    """Collectors and the terminal are found by entry points when they are wanted."""
    loaded = loaded_by(module)

    assert set() == loaded & {"collectors", "tui", "textual"}


def test_the_measure_can_tell() -> None:
    """The probe names what an import loads."""
    loaded = loaded_by("tracer.ports")

    assert {"pyarrow", "tracer"} <= loaded
