"""The application over a reader, under Textual's pilot, with a fixed clock."""

import asyncio
from contextlib import asynccontextmanager

from tests.unit.tui.fake import bad_night
from tests.unit.tui.samples import NOW
from tracer.clock import FixedClock, to_ns
from tui.app import SagascopeApp
from tui.columns import POINTER
from tui.look import Look
from tui.source import Pace

BRISK = Pace(least_s=0.1, share=0.0, backoff_s=(0.1,))
SMALL, LARGE = (80, 24), (120, 40)
MAX_WAITS = 400


class Night:
    """The application over a reader, with a fixed clock, and what a person would see of it."""

    def __init__(self, reader, *, screen="list", **options):
        self.reader = reader
        self.clock = FixedClock(to_ns(NOW))
        self.app = SagascopeApp(
            reader, url_label="http://127.0.0.1:4319", clock=self.clock, look=options.pop("look", Look()),
            pace=options.pop("pace", BRISK), screen=screen, **options,
        )  # fmt: skip
        self.pilot = None

    def screen(self):
        """Give the lines of the screen as text."""
        return ["".join(segment.text for segment in strip) for strip in self.app.screen._compositor.render_strips()]

    def text(self):
        """Give the whole screen as text."""
        return "\n".join(self.screen())

    def selected(self):
        """Give the line that the cursor is on."""
        return next((line for line in self.screen() if line.startswith(POINTER)), "")

    async def until(self, holds):
        """Wait until something holds, as long as it takes within reason."""
        for _ in range(MAX_WAITS):
            await self.pilot.pause(0.005)
            if holds():
                return
        raise AssertionError(f"it never came to hold; the screen was:\n{self.text()}")

    async def press(self, *keys):
        """Press keys one after the other, and let their messages settle."""
        await self.pilot.press(*keys)
        await self.pilot.pause(0)


@asynccontextmanager
async def opened(reader=None, size=SMALL, **options):
    """Open the application and wait for its first reading."""
    night_ = Night(bad_night() if reader is None else reader, **options)
    async with night_.app.run_test(size=size) as pilot:
        night_.pilot = pilot
        await night_.until(lambda: night_.app.link.changed_ns is not None or night_.app.link.away is not None)
        await pilot.pause(0)
        yield night_


def run(scene):
    """Play a scene."""
    asyncio.run(scene())
