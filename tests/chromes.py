"""A real Chromium, driven by the DevTools protocol: what it shows, what is typed, what it fetched."""

from __future__ import annotations

import asyncio
import base64
import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

PATIENCE_S = 40.0
_BINARY = 2
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--disable-background-networking", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--remote-debugging-port=0", "--window-size=1000,640",
)  # fmt: skip


class Page:
    """One page. `drawn` is what came over its sockets so far, `fetched` every address that it asked for."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._more = asyncio.Condition()
        self.drawn = b""
        self.fetched: list[str] = []
        self.logged: list[str] = []

    async def listen(self) -> None:
        """Take in what the browser says, until it goes."""
        async for message in self._socket:
            said = message.json()
            if "id" in said:
                self._waiting.pop(said["id"]).set_result(said.get("result", said))
            elif said["method"] == "Network.webSocketFrameReceived":
                await self._draw(said["params"]["response"])
            elif said["method"] == "Network.requestWillBeSent":
                self.fetched.append(said["params"]["request"]["url"])
            elif said["method"] in {"Log.entryAdded", "Runtime.exceptionThrown"}:
                self.logged.append(str(said["params"]))

    async def _draw(self, frame: dict[str, Any]) -> None:
        async with self._more:
            self.drawn += base64.b64decode(frame["payloadData"]) if frame["opcode"] == _BINARY else b""
            self._more.notify_all()

    async def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command, and give its result."""
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        return await asyncio.wait_for(self._waiting[number], PATIENCE_S)

    async def open(self, url: str) -> None:
        """Go to an address."""
        for domain in ("Page", "Network", "Log", "Runtime"):
            await self.ask(f"{domain}.enable")
        await self.ask("Page.navigate", url=url)

    async def press(self, key: str) -> None:
        """Type a character."""
        await self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
        await self.ask("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def value(self, expression: str) -> Any:
        """Give the value of an expression in the page."""
        return (await self.ask("Runtime.evaluate", expression=expression))["result"].get("value")

    async def until_value(self, expression: str) -> Any:
        """Give the value of an expression as soon as it has one."""
        async with asyncio.timeout(PATIENCE_S):
            while not (found := await self.value(expression)):
                pass
        return found

    async def screenshot(self) -> bytes:
        """Give what is seen, as PNG."""
        return base64.b64decode((await self.ask("Page.captureScreenshot"))["data"])

    async def until_drawn(self, text: str, after: int = 0) -> int:
        """Wait until a text was drawn; how much had been drawn by then."""
        async with asyncio.timeout(PATIENCE_S), self._more:
            await self._more.wait_for(lambda: text in plain(self.drawn[after:]))
        return len(self.drawn)


def plain(drawn: bytes) -> str:
    """Give the text of what was drawn, without the control sequences."""
    return re.sub(r"\x1b(\[[0-9;?<>=$]*[A-Za-z]|\][^\x07]*\x07)", "", drawn.decode(errors="replace"))


@asynccontextmanager
async def chromium(program: str, profile: Path) -> AsyncIterator[Page]:
    """Run a browser until the block ends, and give its page."""
    process = await asyncio.create_subprocess_exec(
        program, *FLAGS, f"--user-data-dir={profile}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr
    try:
        async with asyncio.timeout(PATIENCE_S), aiohttp.ClientSession() as http:
            port = await _port(process.stderr)
            async with http.get(f"http://127.0.0.1:{port}/json/list") as answer:
                address = (await answer.json())[0]["webSocketDebuggerUrl"]
        async with aiohttp.ClientSession() as http, http.ws_connect(address, max_msg_size=0) as socket:
            page = Page(socket)
            listening = asyncio.create_task(page.listen())
            yield page
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
    finally:
        process.terminate()
        await process.communicate()


async def _port(stderr: asyncio.StreamReader) -> str:
    async for line in stderr:
        if found := re.search(rb"DevTools listening on ws://[^:]+:(\d+)/", line):
            return found[1].decode()
    raise AssertionError("chromium ended before it listened")
