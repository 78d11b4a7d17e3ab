"""`sagascope check-config` says which sagas are defined, and which line of a definition is wrong."""

from __future__ import annotations

import json

import pytest

from tracer.cli.exits import run
from tracer.cli.main import cli

STEP = '[[saga.orders.step]]\nname = "place"\nowner = "orders"\n'


@pytest.fixture
def check(tmp_path, capfd):
    """Check a configuration with these definitions; (exit code, stdout, stderr)."""

    def call(*options: str, **texts: str) -> tuple[int, str, str]:
        (tmp_path / "c.toml").write_text(f"[sagas]\nfiles = {[f'{name}.toml' for name in texts]}\n")
        for name, text in texts.items():
            (tmp_path / f"{name}.toml").write_text(text)
        arguments = ["check-config", "--config", str(tmp_path / "c.toml"), *options]
        code = run(lambda: cli.main(arguments, prog_name="sagascope", standalone_mode=False))
        return (code, *capfd.readouterr())

    return call


def test_it_tells_which_sagas_were_read(check, tmp_path):
    """Their number and names for a person, their places for a script."""
    more = '[saga.returns]\nstep = [{ name = "a", owner = "o" }, { name = "b", owner = "o" }]\n'
    code, out, _ = check(orders=STEP, returns=more)
    document = json.loads(check("--json", orders=STEP, returns=more)[1])

    assert code == 0
    assert "sagas: 2 read: orders (1 step), returns (2 steps)" in out.splitlines()
    assert document["sagas"] == {
        "orders": {"where": f"{tmp_path}/orders.toml:1", "steps": 1},
        "returns": {"where": f"{tmp_path}/returns.toml:1", "steps": 2},
    }


def test_it_tells_that_there_are_none(check):
    """No definition is no error."""
    code, out, _ = check()

    assert code == 0
    assert "sagas: none defined" in out.splitlines()


def test_it_tells_what_is_doubtful(check):
    """A warning leaves the configuration valid."""
    code, out, _ = check(orders="# none yet\n")

    assert code == 0
    assert "orders.toml: defines no saga; a saga begins with [saga.NAME]" in out
    assert out.endswith("the configuration is valid\n")


def test_an_error_is_one_line_that_can_be_shown(check, tmp_path):
    """It names the place; what a file holds reaches no terminal raw."""
    code, out, err = check(orders=STEP + 'after = ["\\u001b[2J"]\n')

    assert (code, out) == (2, "")
    assert err == (
        f'sagascope: {tmp_path}/orders.toml:4: [saga.orders] step.0.after.0: "\N{SYMBOL FOR ESCAPE}[2J": '
        "no such step; known: place\n"
    )
