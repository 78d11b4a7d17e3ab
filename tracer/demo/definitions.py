"""The definitions of the demo's two sagas, put beside its configuration where a person can read and change them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from tracer.demo.faults import ORDER, TRANSFER

FOLDER: Final = "sagas"
TABLE: Final = f'[sagas]\nfiles = ["{FOLDER}/*.toml"]\n'


def write_definitions(folder: Path) -> None:
    """Write sagas/order-fulfilment.toml and sagas/money-transfer.toml into the demo's folder."""
    place = folder / FOLDER
    place.mkdir()
    for saga in (ORDER, TRANSFER):
        text = (files("tracer.demo") / FOLDER / f"{saga}.toml").read_text(encoding="utf-8")
        (place / f"{saga}.toml").write_text(text, encoding="utf-8")
