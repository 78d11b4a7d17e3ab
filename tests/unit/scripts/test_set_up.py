"""Setting up says what is wrong with a machine, and what to do, before it changes anything."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "set-up.sh"
TOO_OLD = "#!/bin/sh\nexit 1\n"
# New enough and says it is 3.12, but Debian's package for venv is not there.
WITHOUT_VENV = """#!/bin/sh
case "$2" in
    *ensurepip*) exit 1 ;;
    *print*) echo 3.12 ;;
esac
"""


@pytest.fixture
def machine(scratch: Path) -> Path:
    """Give a project folder with a lock and an empty PATH beside it, in `bin`."""
    (scratch / "requirements").mkdir()
    (scratch / "requirements" / "runtime.txt").touch()
    (scratch / "bin").mkdir()
    return scratch


def install(machine: Path, name: str, program: str) -> Path:
    """Put a stand-in for a Python on the machine's PATH."""
    path = machine / "bin" / name
    path.write_text(program, "utf-8")
    path.chmod(0o755)
    return path


def set_up(machine: Path, lock: str = "runtime", **environment: str) -> tuple[int, str, bool]:
    """Run the script: its exit code, what it says, and whether it left a .venv."""
    shell = shutil.which("sh")

    assert shell
    done = subprocess.run(
        [shell, str(SCRIPT), lock],
        cwd=machine,
        env={"PATH": str(machine / "bin"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr.strip(), (machine / ".venv").exists()


def test_a_machine_without_python_is_told_what_to_install(machine: Path) -> None:
    """No Python at all, or only old ones, is an error that names the version."""
    install(machine, "python3", TOO_OLD)
    expected = "set-up: no Python 3.11 or newer on the PATH; install one, or name it: make PYTHON=/path/to/python3"

    assert (1, expected, False) == set_up(machine)


def test_a_python_that_was_named_must_be_new_enough(machine: Path) -> None:
    """The Python that somebody asked for is used or refused, never replaced by another."""
    install(machine, "python3.13", WITHOUT_VENV)
    old = install(machine, "old", TOO_OLD)
    expected = f"set-up: PYTHON={old} is not a Python 3.11 or newer; name one that is, or unset PYTHON"

    assert (1, expected, False) == set_up(machine, PYTHON=str(old))


def test_debians_missing_package_is_named(machine: Path) -> None:
    """A Python without venv is told apart, with the package that brings it."""
    install(machine, "python3.12", WITHOUT_VENV)
    expected = "set-up: Python 3.12 comes without venv; on Debian or Ubuntu: apt-get install python3.12-venv"

    assert (1, expected, False) == set_up(machine)


def test_a_lock_that_is_not_there_is_refused(machine: Path) -> None:
    """A wrong name ends before anything is made."""
    assert (1, "set-up: no lock requirements/nonsense.txt; usage: set-up.sh runtime|dev", False) == set_up(
        machine, "nonsense"
    )
