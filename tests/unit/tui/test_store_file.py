from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.unit.tui.fake import FakeReader, bad_night
from tests.unit.tui.pilot import opened, run
from tests.unit.tui.samples import NOW
from tracer.clock import NS_PER_S, to_ns
from tracer.errors import StoreError, StoreLocked
from tui.chrome import Link, banner, title
from tui.look import Look
from tui.source import StoreFile

AT = to_ns(NOW)


class _File:
    """A store file that counts its openings, and can be held by a sidecar."""

    def __init__(self, reader):
        self.reader = reader
        self.opened = []
        self.trouble = None
        self.file = StoreFile(path=Path("night.duckdb"), opener=self._open)

    @contextmanager
    def _open(self, path):
        if self.trouble:
            raise self.trouble
        self.opened.append(path)
        yield self.reader
        self.opened.append("closed")


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (Link(url="x.duckdb", is_file=True), "reading the file"),
        (Link(url="x.duckdb", is_file=True, changed_ns=AT, read_ns=AT), "file, without a transaction"),
        (
            Link(url="x.duckdb", is_file=True, changed_ns=AT, read_ns=AT, newest_ns=AT - 7_200 * NS_PER_S),
            "file, newest record 2h old",
        ),
        (Link(url="x.duckdb", is_file=True, changed_ns=AT, read_ns=AT, away="gone"), "file not read"),
    ],
)
def test_the_title_says_that_it_is_a_file(link, expected):
    """A file is never called live: its name stands there, and how old its newest record is."""
    line = "".join(text for text, _ in title(link, Look(), 80, ((" sagascope", "title"),)))

    assert expected in line
    assert "x.duckdb" in line
    assert "live" not in line


def test_the_banner_of_a_file_promises_nothing():
    """A file that could not be read is not tried again by itself, and the banner does not say so."""
    link = Link(url="x.duckdb", is_file=True, away="another process holds it", read_ns=AT)
    text = " ".join(piece for line in banner(link, AT, Look(), 80) for piece, _ in line)

    assert "r tries again" in text
    assert "every" not in text


def test_a_file_is_read_once_and_again_when_asked():
    """A file is open while it is read; it is read anew on `r` alone, and the time stands still in it."""

    async def scene():
        file = _File(bad_night())
        async with opened(file.file) as it:
            await it.until(lambda: "order-1042" in it.text())
            first = [*file.opened]
            it.clock.ns += 3_600 * NS_PER_S
            await it.pilot.pause(0.3)
            stood = [*file.opened]
            before = it.text()
            await it.press("space")
            await it.until(lambda: "a file stands still: r reads it again" in it.text())
            await it.press("r")
            await it.until(lambda: len(file.opened) > len(stood))
            await it.until(lambda: "newest record 1h" in it.text())

        assert [Path("night.duckdb"), "closed"] == first[-2:]
        assert first == stood
        assert "newest record 3s old" in before

    run(scene)


@pytest.mark.parametrize("trouble", [StoreLocked("a sidecar holds it: ask it with --url"), StoreError("no such file")])
def test_a_file_that_cannot_be_read_any_more_leaves_what_was_read(trouble):
    """Where a sidecar took the file, or it is gone, the screen says so over what was read last."""

    async def scene():
        file = _File(bad_night())
        async with opened(file.file) as it:
            await it.until(lambda: "order-1042" in it.text())
            file.trouble = trouble
            await it.press("r")
            await it.until(lambda: str(trouble) in it.text())

            assert "file not read" in it.screen()[0]
            assert "order-1042" in it.text()
            file.trouble = None
            await it.press("r")
            await it.until(lambda: str(trouble) not in it.text())

    run(scene)


def test_nothing_comes_into_a_file():
    """The first screen of a file does not say that the data is fresh or what comes in."""

    async def scene():
        async with opened(_File(bad_night()).file, screen="now") as it:
            await it.until(lambda: "stuck of" in it.text())

            assert "records joined" in it.screen()[1]
            assert "fresh" not in it.screen()[1]
            assert "records not counted" not in it.screen()[1]

    run(scene)


def test_an_empty_file_has_no_newest_record():
    """A file without a transaction says so."""

    async def scene():
        async with opened(_File(FakeReader()).file) as it:
            await it.until(lambda: "without a transaction" in it.screen()[0])

    run(scene)
