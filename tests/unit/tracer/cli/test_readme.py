"""What the README says to put into the configuration is one that runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tracer.cli.configuring import Overrides, plan_from

ROOT = Path(__file__).parents[4]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("text", re.findall(r"^```toml\n(.*?)^```", README, re.MULTILINE | re.DOTALL))
def test_every_configuration_runs(tmp_path, text):
    """Each is whole: check-config takes it as it stands, and so does a sidecar."""
    config = tmp_path / "sagascope.toml"
    config.write_text(text)
    plan = plan_from(Overrides(config=config, data=None, otlp_grpc=None, otlp_http=None, api=None))

    assert plan.collectors


def test_every_page_is_linked():
    """Whoever looks for a page finds it from the README."""
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}

    assert set() == {page for page in pages if f"]({page})" not in README}
