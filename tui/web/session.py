"""One browser's terminal: a child process, whose packets go to a socket, and the other way round.

The packets are those of Textual's web driver (a letter, the length in four bytes, the payload: D is what a terminal
would get, M a message in JSON), the messages those of textual-serve's script (JSON lists: ["stdin", "j"]).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import WSMsgType, web

from tracer.model.text import clean

PRELUDE: Final = b"__GANGLION__\n"
MAX_PRELUDE_LINES: Final = 10
MAX_PACKET_BYTES: Final = 1 << 24
MAX_CELLS: Final = 1_000
MAX_LAST_WORDS: Final = 40
END_WITHIN_S: Final = 3.0


class Session:
    """Runs `command` for one socket, until either of them ends or `stop` is called."""

    def __init__(self, command: tuple[str, ...], environ: Mapping[str, str]) -> None:
        self._command = command
        self._environ = environ
        self._stopped = asyncio.Event()
        self._last_words: deque[str] = deque(maxlen=MAX_LAST_WORDS)

    def stop(self) -> None:
        """End it soon."""
        self._stopped.set()

    async def run(self, socket: web.WebSocketResponse, width: int, height: int) -> tuple[str, ...]:
        """Carry what is typed and what is shown; give the last words of a child that failed, safe to print."""
        environ = {**self._environ, "COLUMNS": str(_cells(width)), "ROWS": str(_cells(height))}
        # In a group of its own: Ctrl-C at the server is the server's to tell.
        child = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environ, start_new_session=True
        )
        listening = asyncio.create_task(self._listen(child))
        ways = {
            asyncio.create_task(each) for each in (_show(child, socket), _type(socket, child), self._stopped.wait())
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            code = await _end(child)
            await listening
        return tuple(self._last_words) if code else ()

    async def _listen(self, child: Process) -> None:
        """Keep the last lines that the child wrote to stderr, so that it never waits for a reader."""
        assert child.stderr is not None  # noqa: S101 - it was asked for
        rest = b""
        while piece := await child.stderr.read(1 << 14):
            *lines, rest = (rest + piece)[-(1 << 16) :].split(b"\n")
            self._last_words.extend(clean(line.decode(errors="replace")) for line in lines)
        if rest:
            self._last_words.append(clean(rest.decode(errors="replace")))


async def _show(child: Process, socket: web.WebSocketResponse) -> None:
    """Bring what the child draws to the browser, until it ends or says that it will."""
    assert child.stdout is not None  # noqa: S101 - it was asked for
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        for _ in range(MAX_PRELUDE_LINES):
            if (await child.stdout.readuntil(b"\n")) == PRELUDE:
                break
        while True:
            head = await child.stdout.readexactly(5)
            size = int.from_bytes(head[1:], "big")
            if size > MAX_PACKET_BYTES:
                return
            payload = await child.stdout.readexactly(size)
            if head[:1] == b"D":
                await socket.send_bytes(payload)
            elif head[:1] == b"M" and json.loads(payload).get("type") == "exit":
                return


async def _type(socket: web.WebSocketResponse, child: Process) -> None:
    """Bring what is typed to the child, until the browser leaves."""
    with contextlib.suppress(ConnectionError):
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                return
            match _parsed(message.data):
                case ["stdin", str(typed)]:
                    await _send(child, b"D", typed.encode(errors="replace"))
                case ["resize", {"width": int(width), "height": int(height)}]:
                    size = {"type": "resize", "width": _cells(width), "height": _cells(height)}
                    await _send(child, b"M", json.dumps(size).encode())
                case ["blur" | "focus" as what, *_]:
                    await _send(child, b"M", json.dumps({"type": what}).encode())
                case ["ping", str(when)]:
                    await socket.send_json(["pong", when])
                case _:
                    return


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


async def _send(child: Process, kind: bytes, payload: bytes) -> None:
    assert child.stdin is not None  # noqa: S101 - it was asked for
    child.stdin.write(kind + len(payload).to_bytes(4, "big") + payload)
    await child.stdin.drain()


async def _end(child: Process) -> int:
    """Let the child end by itself, which it does when its input ends; else end it. Its exit code."""
    assert child.stdin is not None  # noqa: S101 - it was asked for
    child.stdin.close()
    draining = asyncio.create_task(_drain(child))
    try:
        return await asyncio.wait_for(child.wait(), END_WITHIN_S)
    except TimeoutError:
        child.kill()
        return await child.wait()
    finally:
        draining.cancel()


async def _drain(child: Process) -> None:
    """Read what a child that ends still draws: a full pipe would hold it."""
    assert child.stdout is not None  # noqa: S101 - it was asked for
    while await child.stdout.read(1 << 16):
        pass


def _cells(asked: int) -> int:
    return min(MAX_CELLS, max(1, asked))
