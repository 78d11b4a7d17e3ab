"""What ingest and its jobs say while the store cannot do its work."""

import asyncio
import logging

import pyarrow as pa
import pytest

from tracer.errors import Busy, Rejected, StoreFull
from tracer.ingest import sink
from tracer.ingest.jobs import Jobs, JobTimes
from tracer.ingest.sink import Ingest
from tracer.model.records import RECORD_SCHEMA

EMPTY = pa.RecordBatch.from_pylist([], schema=RECORD_SCHEMA)


class Scripted:
    """Appends and works as its script says: an error is raised, anything else is fine."""

    def __init__(self, *script):
        self.script = list(script)

    def append(self, *_):
        """Do what the script says next."""
        self._next()
        return 0, 0

    def fold(self):
        """Do what the script says next."""
        self._next()
        return 0

    def learn(self):
        """Do nothing."""
        return False

    def checkpoint(self):
        """Do nothing."""
        return False

    def retain(self):
        """Do nothing."""
        return 0, 0

    def _next(self):
        if self.script and (error := self.script.pop(0)):
            raise error


def troubles(*script):
    """Write once for each line of the script; the trouble after each, and how often the writer was told."""
    found, refused = [], 0

    async def write_all():
        nonlocal refused
        ingest = Ingest(appender=Scripted(*script))
        await ingest.start()
        for _ in script:
            try:
                await ingest.write(EMPTY)
            except (Busy, Rejected):
                refused += 1
            found.append(ingest.trouble())
        await ingest.stop()

    asyncio.run(write_all())
    return found, refused


def test_a_failed_commit_is_trouble_until_one_succeeds(caplog):
    """Trouble is the last commit's failure; it is logged when it begins and when it ends, not each time."""
    caplog.set_level(logging.INFO, "sagascope.ingest")
    full = StoreFull("no room")

    assert (["no room", "no room", None, "no room"], 3) == troubles(full, full, None, full)
    assert ["commits fail", "commits succeed again", "commits fail"] == [each.message for each in caplog.records]


def test_rejected_data_is_no_trouble():
    """What is wrong with the data says nothing about the store."""
    assert ([None], 1) == troubles(Rejected("bad"))


def test_trouble_ends_when_nobody_tries(monkeypatch):
    """Whoever waits for us to be ready before sending gets the chance, though nothing was committed since."""
    monkeypatch.setattr(sink, "TROUBLE_S", 0.0)

    async def fail_and_wait():
        ingest = Ingest(appender=Scripted(StoreFull("no room")))
        await ingest.start()
        with pytest.raises(StoreFull):
            await ingest.write(EMPTY)
        while ingest.trouble():  # noqa: ASYNC110  nobody is told when it ends
            await asyncio.sleep(0)
        await ingest.stop()
        return ingest.trouble()

    assert None is asyncio.run(fail_and_wait())


def test_a_job_outlives_every_failure_and_tells_what_is_news(caplog):
    """A job that fails, also by a defect, is tried again; each new reason is told once, and so is the end."""
    caplog.set_level(logging.INFO, "sagascope.jobs")
    worker = Scripted(StoreFull("no room"), StoreFull("no room"), KeyError("defect"), None, None)

    async def work():
        jobs = Jobs(worker=worker, times=JobTimes(fold_s=0.0))
        await jobs.start()
        while worker.script:  # noqa: ASYNC110  the script tells nobody
            await asyncio.sleep(0.001)
        await jobs.stop()
        return jobs.status()["job_failures"]

    assert 3 == asyncio.run(work())
    assert ["job fails", "job fails", "job succeeds again"] == [each.message for each in caplog.records]
    assert [False, True, False] == [bool(each.exc_info) for each in caplog.records]
