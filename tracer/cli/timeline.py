"""The timeline of a transaction, as rows for a person."""

from __future__ import annotations

from typing import Final

from tracer.cli.human import Column
from tracer.reports.entries import offset, rows

__all__ = ["COLUMNS", "offset", "rows"]

COLUMNS: Final = (
    Column(heading="AT", right=True),
    Column(heading="OWNER", gives=2),
    Column(heading="WHAT", gives=2),
    Column(heading="STEP", gives=2),
    Column(heading="PHASE"),
    Column(heading="TOOK", right=True),
    Column(heading="ERROR", gives=4),
)
