from __future__ import annotations

import pyarrow as pa
import pytest

from tracer.app.direct import open_store_file
from tracer.clock import SystemClock
from tracer.errors import ConfigError
from tracer.model.records import rows_to_batch
from tracer.store.keeper import Keeper
from tracer.store.options import StoreOptions
from tracer.store.store import Store


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A store that a sidecar with a threshold of 42 s has written, where nothing is configured."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("SAGASCOPE_CONFIG", raising=False)
    clock = SystemClock()
    store = Store.open(tmp_path / "s.duckdb", clock=clock, options=StoreOptions(stuck_after_s=42.0))
    row = {
        "transaction_id": "A", "step": "pay", "step_by": "attribute", "owner": "payment", "phase": "started",
        "kind": "span", "name": "pay", "at_ns": clock.now_ns(), "received_ns": clock.now_ns(), "source": "test",
    }  # fmt: skip
    keeper = Keeper(store=store, clock=clock)
    keeper.append(pa.Table.from_batches([rows_to_batch([row])]))
    while keeper.fold():
        pass
    store.close()
    return tmp_path / "s.duckdb"


def threshold_s(file):
    """Read what counts as stuck."""
    with open_store_file(file) as reader:
        return reader.transaction("A").current[0].threshold_s


def test_the_threshold_is_the_one_that_the_file_was_written_with(file):
    """Where nothing is configured, --data says the same as the sidecar did."""
    assert threshold_s(file) == 42.0


def test_the_files_threshold_holds_whatever_is_configured(file, monkeypatch, tmp_path):
    """The file tells what its sidecar told, also where another threshold applies here."""
    (tmp_path / "with.toml").write_text('[stalls]\ndefault_threshold = "7m"\n')
    monkeypatch.setenv("SAGASCOPE_CONFIG", str(tmp_path / "with.toml"))

    assert threshold_s(file) == 42.0


def test_a_configuration_that_is_not_there_is_told(file, monkeypatch):
    """A wrong SAGASCOPE_CONFIG is never passed over."""
    monkeypatch.setenv("SAGASCOPE_CONFIG", "nowhere.toml")
    with pytest.raises(ConfigError, match="nowhere"):
        threshold_s(file)
