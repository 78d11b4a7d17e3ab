"""What people install is whole."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import tracer

ROOT = Path(__file__).parents[2]
PACKAGES = ("tracer", "collectors", "tui")
BUILD = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build the wheel as pip does, with the backend of the lock."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-c", BUILD, str(folder)], cwd=ROOT, check=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


@pytest.mark.integration
def test_the_wheel_holds_every_file_of_the_packages(wheel: zipfile.ZipFile) -> None:
    """Modules, SQL and whatever else a package reads at run time is in the wheel, and nothing beside it."""
    files = (path for name in PACKAGES for path in (ROOT / name).rglob("*") if path.is_file())
    expected = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    described = f"sagascope-{tracer.__version__}.dist-info/"

    assert expected == {name for name in wheel.namelist() if not name.startswith(described)}


@pytest.mark.integration
def test_the_wheel_names_its_commands_and_plugins(wheel: zipfile.ZipFile) -> None:
    """The command, the collector and the terminal are found by entry points."""
    entries = wheel.read(f"sagascope-{tracer.__version__}.dist-info/entry_points.txt").decode()

    assert "sagascope = tracer.cli.main:main" in entries
    assert "[sagascope.collectors]\nkafka = collectors.kafka.plugin:COLLECTOR_TYPE\notlp = " in entries
    assert "[sagascope.commands]\ntui = " in entries
