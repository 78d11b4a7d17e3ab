import asyncio

import pytest

from tracer.app import definitions
from tracer.app.definitions import DefinitionFiles
from tracer.app.plan import make_plan
from tracer.config.sources import read

SAGA = '[saga.orders]\n[[saga.orders.step]]\nname = "{step}"\nowner = "orders"\n'


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Give a plan with one definition file, looked at without a pause."""
    monkeypatch.setattr(definitions, "LOOK_EVERY_S", 0.01)
    (tmp_path / "orders.toml").write_text(SAGA.format(step="place"))
    (tmp_path / "sagascope.toml").write_text('[sagas]\nfiles = ["orders.toml"]\n')
    return tmp_path


def run(folder, change, until):
    """Run until something holds of what was declared, with a change of the files in between."""
    declared = []

    def declare(sagas):
        declared.append([step.name for saga in sagas for step in saga.steps])
        return ("orders",)

    async def work():
        plan = make_plan(read(folder / "sagascope.toml", environ={}, cwd=folder), {})
        watched = DefinitionFiles(plan, declare)
        await watched.start()
        change()
        while not until(declared, watched):  # noqa: ASYNC110  a file tells nobody
            await asyncio.sleep(0.01)
        await watched.stop()
        return watched.trouble()

    return asyncio.run(asyncio.wait_for(work(), 10)), declared


def test_a_change_is_taken_in(files):
    """What the plan has read is declared at the start, and what is written later when it is."""
    trouble, declared = run(
        files,
        lambda: (files / "orders.toml").write_text(SAGA.format(step="place-order")),
        lambda told, _: len(told) == 2,
    )

    assert (None, [["place"], ["place-order"]]) == (trouble, declared)


def test_a_wrong_file_leaves_the_definitions_as_they_were(files):
    """It is told, with file, line and fix, until it is mended."""
    trouble, declared = run(
        files,
        lambda: (files / "orders.toml").write_text("[saga.orders]\nsetp = []\n"),
        lambda _, watched: watched.trouble() is not None,
    )

    assert [["place"]] == declared
    assert trouble.startswith("saga definitions stay as they were: ")
    assert 'orders.toml:2: [saga.orders] setp: no such key; did you mean "step"?' in trouble
