"""The work between commits."""

import asyncio
from dataclasses import replace

from tracer.errors import StoreError
from tracer.ingest.jobs import LATE_S, LEARN_ANYWAY_S, Jobs, JobTimes


class FakeWorker:
    """Has so many slices to fold and to let go of; fails where it is told to."""

    def __init__(self, *, folds=0, gone=0, failures=()):
        self.folds = folds
        self.gone = gone
        self.failures = list(failures)
        self.calls = []

    def fold(self):
        """Fold one slice."""
        self.calls.append("fold")
        if self.failures:
            raise self.failures.pop()
        self.folds = max(0, self.folds - 1)
        return self.folds

    def learn(self):
        """Learn one slice; nothing is left."""
        self.calls.append("learn")
        return False

    def checkpoint(self):
        """Count as done."""
        self.calls.append("checkpoint")
        return True

    def retain(self):
        """Let go of everything at once."""
        self.calls.append("retain")
        self.gone, gone = 0, self.gone
        return gone, 2 * gone


NO_REST = JobTimes(fold_s=0, learn_s=0, checkpoint_s=0, retain_s=0)
LONG_REST = JobTimes(fold_s=3600, learn_s=3600, checkpoint_s=3600, retain_s=3600)


async def until(jobs, **wanted):
    """Wait until the counters have grown so far."""
    while any(jobs.status()[name] < count for name, count in wanted.items()):  # noqa: ASYNC110 - told no other way
        await asyncio.sleep(0)


def test_all_jobs_are_done_and_counted():
    """Fold, learning, checkpoint and retention each run, again and again, and what they did is counted."""

    async def run():
        worker = FakeWorker(gone=5)
        jobs = Jobs(worker=worker, times=NO_REST)
        await jobs.start()
        await until(jobs, folds=3, lessons=3, checkpoints=3, records_let_go=5)
        await jobs.stop()

        assert 5 == jobs.status()["records_let_go"]
        assert 10 == jobs.status()["rejected_let_go"]
        assert 0 == jobs.status()["job_failures"]

    asyncio.run(run())


def test_a_job_with_more_to_do_does_not_rest():
    """Slices follow each other at once until nothing waits."""

    async def run():
        worker = FakeWorker(folds=5)
        jobs = Jobs(worker=worker, times=LONG_REST)
        await jobs.start()
        await until(jobs, folds=5)

        assert 0 == worker.folds
        await jobs.stop()

    asyncio.run(run())


def test_learning_rests_longer_and_longer():
    """Soon after the start there is most to learn: learning runs at once, and again long before its usual rest."""

    async def run():
        worker = FakeWorker()
        jobs = Jobs(worker=worker, times=replace(LONG_REST, first_learn_s=0.001))
        await jobs.start()
        await until(jobs, lessons=3)
        await jobs.stop()

        assert 1 == worker.calls.count("retain")

    asyncio.run(run())


def test_a_failing_job_is_counted_and_tried_again(caplog):
    """A job that fails, however it fails, is logged and counted; it and the others go on."""

    async def run():
        worker = FakeWorker(failures=[StoreError("no"), ValueError("odd"), KeyError("x")])
        jobs = Jobs(worker=worker, times=NO_REST)
        await jobs.start()
        await until(jobs, folds=2, checkpoints=2)
        await jobs.stop()

        assert 3 == jobs.status()["job_failures"]

    asyncio.run(run())
    failed = [record for record in caplog.records if record.message == "job fails"]

    assert ["fold", "fold", "fold"] == [record.job for record in failed]
    assert [True, True, False] == [record.exc_info is not None for record in failed]


def test_a_failing_job_is_told_until_it_succeeds():
    """Which job fails and why, for as long as it does."""

    async def run():
        worker = FakeWorker(failures=[StoreError("no room")])
        jobs = Jobs(worker=worker, times=LONG_REST)

        assert jobs.trouble() is None
        await jobs.stop()
        assert "fold fails: no room" == jobs.trouble()

        jobs = Jobs(worker=FakeWorker(failures=[StoreError("no")]), times=NO_REST)
        await jobs.start()
        await until(jobs, job_failures=1, folds=1)
        assert jobs.trouble() is None
        await jobs.stop()

    asyncio.run(run())


def test_a_fold_that_does_not_keep_up_is_told():
    """Without a failure too: how far behind the list is, until nothing waits any more."""

    async def run():
        now_s = [0.0]
        jobs = Jobs(worker=FakeWorker(folds=0), times=LONG_REST, monotonic_s=lambda: now_s[0])
        now_s[0] = LATE_S
        assert jobs.trouble() is None

        now_s[0] = LATE_S + 1
        assert "the list is 61 s behind what is stored (0 records were left to fold)" == jobs.trouble()

        await jobs.stop()
        assert jobs.trouble() is None

    asyncio.run(run())


def test_stopping_folds_what_is_left():
    """`stop` returns when nothing waits for the fold any more."""

    async def run():
        worker = FakeWorker(folds=0)
        jobs = Jobs(worker=worker, times=LONG_REST)
        await jobs.start()
        await until(jobs, folds=1)
        worker.folds = 4
        await jobs.stop()

        assert 0 == worker.folds

    asyncio.run(run())


def test_stopping_ends_also_where_the_fold_fails():
    """A store that cannot fold does not keep the sidecar from stopping."""

    async def run():
        worker = FakeWorker(folds=3, failures=[StoreError("no")] * 3)
        jobs = Jobs(worker=worker, times=LONG_REST)
        await jobs.stop()

        assert 1 == jobs.status()["job_failures"]

    asyncio.run(run())


def test_learning_waits_for_the_fold_but_not_for_ever():
    """While records wait to be folded nothing is learned, until it has waited for long."""

    async def run():
        now_s = [0.0]
        worker = FakeWorker(folds=3)
        jobs = Jobs(worker=worker, times=LONG_REST, monotonic_s=lambda: now_s[0])
        jobs._fold()
        jobs._learn()
        early = worker.calls.count("learn")
        now_s[0] = LEARN_ANYWAY_S
        jobs._learn()

        assert (0, 1) == (early, worker.calls.count("learn"))

    asyncio.run(run())
