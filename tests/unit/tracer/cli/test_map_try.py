"""`sagascope map-try` says how much of a sample it looked at."""

from __future__ import annotations

import json

import pytest

from tracer.cli.exits import run
from tracer.cli.main import cli

CONFIG = '[collectors.kafka]\ntype = "kafka"\ntopics = ["orders"]\n'


def tried(capfd, arguments: tuple[str, ...]) -> tuple[int, str]:
    """Run a command that asks no sidecar; (exit code, stdout)."""
    code = run(lambda: cli.main([*arguments], prog_name="sagascope", standalone_mode=False))
    return code, capfd.readouterr().out


@pytest.mark.parametrize(
    ("limit", "told"),
    [("2", "these are the first 2 of at least 3 messages; more with --limit"), ("3", None)],
)
def test_a_sample_that_goes_on_is_said(capfd, tmp_path, limit, told):
    """Nobody takes the first messages for all of them; where it was all, nothing is said."""
    config, file = tmp_path / "sagascope.toml", tmp_path / "x.ndjson"
    config.write_text(CONFIG)
    file.write_text("".join(f'{{"topic": "orders", "offset": {n}, "value": {{"a": 1}}}}\n' for n in range(3)))
    asked = ("map-try", str(file), "--config", str(config), "--limit", limit)
    code, out = tried(capfd, asked)

    assert 0 == code
    assert [told] * (told is not None) == [line for line in out.splitlines() if line.startswith("these are")]
    assert (told is not None) is json.loads(tried(capfd, (*asked, "--json"))[1])["has_more"]
