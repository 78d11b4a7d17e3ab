"""Pictures of the screens for the README: `python -m tui.picture OUT.svg` draws what a sidecar holds now."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Final, Literal

import click

from tracer.clock import Clock, SystemClock
from tui.app import SagascopeApp
from tui.command import DEFAULT_URL
from tui.look import Look
from tui.screens.now import NowScreen
from tui.screens.timeline import TimelineScreen
from tui.screens.transactions import TransactionsScreen
from tui.source import Reader, connect
from tui.themes import DARK, THEMES, Theme

ScreenName = Literal["now", "list", "timeline"]
DEFAULT_SIZE: Final = (110, 32)
MAX_WAITS: Final = 200
_WAIT_S: Final = 0.05
# The picture names no font server: whoever looks at it should fetch nothing else.
_FONT_FACE: Final = re.compile(r"@font-face\s*\{[^}]*\}\s*")


def picture(
    reader: Reader,
    *,
    screen: ScreenName,
    size: tuple[int, int] = DEFAULT_SIZE,
    out: Path,
    transaction_id: str | None = None,
    url_label: str = DEFAULT_URL,
    clock: Clock | None = None,
    theme: Theme = DARK,
) -> None:
    """Write an SVG of what is wrong now, the list, or the timeline of a transaction (default: the list's first).

    Raises TimeoutError when the reader gives nothing within ten seconds.
    """
    app = SagascopeApp(
        reader,
        url_label=url_label,
        clock=clock or SystemClock(),
        look=Look(theme=theme),
        screen="now" if screen == "now" else "list",
    )
    drawn = asyncio.run(_draw(app, screen, size, transaction_id))
    out.write_text(_portable(drawn), encoding="utf-8")


async def _draw(app: SagascopeApp, screen: ScreenName, size: tuple[int, int], transaction_id: str | None) -> str:
    async with app.run_test(size=size) as pilot:
        await _until_read(app)
        if screen == "timeline" and transaction_id:
            app.open_transaction(transaction_id)
        elif screen == "timeline":
            await pilot.press("enter")
        await pilot.pause()
        await _until_read(app)
        await pilot.pause()
        return app.export_screenshot(title="sagascope tui")


async def _until_read(app: SagascopeApp) -> None:
    for _ in range(MAX_WAITS):
        top = app.screen
        if isinstance(top, NowScreen) and top.state.items():
            return
        if isinstance(top, TransactionsScreen) and top.state.total:
            return
        if isinstance(top, TimelineScreen) and top.transaction is not None:
            return
        await asyncio.sleep(_WAIT_S)
    raise TimeoutError(f"there was nothing to draw: {app.link.away or 'the screen is empty'}")


def _portable(drawn: str) -> str:
    # Without xml:space some viewers drop the blanks that align a column to the right.
    return _FONT_FACE.sub("", drawn).replace("<svg ", '<svg xml:space="preserve" ', 1)


@click.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--screen", type=click.Choice(["now", "list", "timeline"]), default="list", show_default=True)
@click.option("--open", "transaction_id", metavar="TXN", help="The transaction of the timeline.")
@click.option("--url", default=DEFAULT_URL, show_default=True)
@click.option("--theme", type=click.Choice(list(THEMES)), default=DARK.name, show_default=True)
@click.option("--size", default="110x32", show_default=True, metavar="COLUMNSxLINES")
def main(out: Path, screen: ScreenName, transaction_id: str | None, url: str, theme: str, size: str) -> None:
    """Draw a screen of the terminal as an SVG."""
    match = re.fullmatch(r"(\d{2,3})x(\d{2,3})", size)
    if match is None:
        raise click.BadParameter("write it like 110x32", param_hint="--size")
    columns, lines = int(match[1]), int(match[2])
    picture(
        connect(url),
        screen=screen,
        size=(columns, lines),
        out=out,
        transaction_id=transaction_id,
        url_label=url,
        theme=THEMES[theme],
    )


if __name__ == "__main__":
    main()
