import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError, web

from tui.web.serving import MAX_SESSIONS, environment, make_app

SECRET = "a-token"  # noqa: S105 - of the test
PATIENCE_S = 20
# Speaks as Textual's web driver does: it draws what it is told, and ends when its input ends.
ECHO = """
import os, sys
def draw(kind, data):
    os.write(1, kind + len(data).to_bytes(4, "big") + data)
os.write(1, b"__GANGLION__\\n")
draw(b"D", f"{os.getpid()} {os.environ['COLUMNS']}x{os.environ['ROWS']}".encode())
while head := sys.stdin.buffer.read(5):
    told = sys.stdin.buffer.read(int.from_bytes(head[1:], "big"))
    if told == b"q":
        draw(b"M", b'{"type": "exit"}')
    draw(b"D", head[:1] + told)
"""
FAILS = "import sys; print('sagascope: no \\x1b[31msuch file', file=sys.stderr, end={end!r}); sys.exit(4)"


@asynccontextmanager
async def _served(code=ECHO):
    """Serve a program on a free port; give the address and a client."""
    runner = web.AppRunner(make_app(SECRET, (sys.executable, "-c", code), os.environ), shutdown_timeout=PATIENCE_S)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with asyncio.timeout(PATIENCE_S), ClientSession() as client:
        try:
            yield f"127.0.0.1:{runner.addresses[0][1]}", client, runner
        finally:
            await runner.cleanup()


def _opened(client, host, secret=SECRET, **headers):
    headers = {"Origin": f"http://{host}", **headers}
    return client.ws_connect(f"ws://{host}/ws/{secret}?width=91&height=33", headers=headers)


async def _gone(pid):
    while os.path.exists(f"/proc/{pid}"):  # noqa: ASYNC110, ASYNC240, PTH110 - a process that ends tells nobody else
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        ("/", {}, 403),
        ("/?token=another", {}, 403),
        ("/?token=%ff", {}, 403),
        ("/ws/another", {}, 403),
        ("/ws/a-token", {}, 403),
        ("/ws/a-token", {"Origin": "http://evil.example"}, 403),
        ("/?token=a-token", {"Host": "evil.example"}, 421),
        ("/?token=a-token", {"Host": "127.0.0.1.evil.example:80"}, 421),
        ("/terminal.js", {"Host": "evil.example"}, 421),
        ("/?token=a-token", {"Host": "localhost"}, 200),
        ("/?token=a-token", {"Host": "[::1]:4320"}, 200),
        ("/terminal.js", {}, 200),
        ("/font.ttf", {}, 200),
    ],
)
def test_who_may_ask(path, headers, expected):
    """The page and its socket are for who has the token, and nothing is for who comes by another machine's name."""

    async def scene():
        async with _served() as (host, client, _), client.get(f"http://{host}{path}", headers=headers) as answer:
            assert expected == answer.status

    asyncio.run(scene())


def test_the_page_asks_nobody_else():
    """The page has its own address alone in it, may load from nowhere else, and is kept nowhere."""

    async def scene():
        async with _served() as (host, client, _), client.get(f"http://{host}/?token={SECRET}&fontsize=20") as answer:
            text = await answer.text()
            assert f'"ws://{host}/ws/{SECRET}"' in text
            assert 'data-font-size="20"' in text
            assert [] == [line for line in text.splitlines() if "http" in line]
            assert "default-src 'none'; script-src 'self';" in answer.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert ("no-store", "no-referrer") == (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"])

    asyncio.run(scene())


def test_what_is_typed_and_drawn_goes_through():
    """A socket is a process of its own, of the browser's size; it ends when it says so, and the socket with it."""

    async def scene():
        async with _served() as (host, client, _), _opened(client, host) as socket:
            pid, size = (await socket.receive_bytes()).decode().split()
            for message in (["stdin", "jä"], ["resize", {"width": 100, "height": 5_000}], ["focus"], ["ping", "7"]):
                await socket.send_json(message)
            drawn = [await socket.receive() for _ in range(4)]
            await socket.send_json(["stdin", "q"])
            while (last := await socket.receive()).type is WSMsgType.BINARY:
                pass
            await _gone(pid)

        assert "91x33" == size
        assert {"Djä".encode(), b'M{"type": "resize", "width": 100, "height": 1000}', b'M{"type": "focus"}',
                '["pong","7"]'} == {json.dumps(json.loads(one.data), separators=(",", ":"))
                                    if one.type is WSMsgType.TEXT else one.data for one in drawn}  # fmt: skip
        assert WSMsgType.CLOSE == last.type

    asyncio.run(scene())


@pytest.mark.parametrize("message", ["no json", '["stdin", 7]', '["resize", {"width": "x"}]', "{}", '"stdin"'])
def test_what_is_no_message_ends_the_terminal(message):
    """A socket that speaks something else is closed, and its process ends."""

    async def scene():
        async with _served() as (host, client, _), _opened(client, host) as socket:
            pid = (await socket.receive_bytes()).decode().split()[0]
            await socket.send_str(message)
            assert WSMsgType.CLOSE == (await socket.receive()).type
            await _gone(pid)

    asyncio.run(scene())


def test_the_process_ends_with_the_browser():
    """When the browser goes, its process ends."""

    async def scene():
        async with _served() as (host, client, _):
            async with _opened(client, host) as socket:
                pid = (await socket.receive_bytes()).decode().split()[0]
            await _gone(pid)

    asyncio.run(scene())


def test_the_processes_end_with_the_server():
    """When the server stops, every terminal ends, also one that does not listen."""

    async def scene():
        deaf = ECHO + "import time; time.sleep(600)"
        async with _served(deaf) as (host, client, runner):
            sockets = [await _opened(client, host) for _ in range(2)]
            pids = [(await one.receive_bytes()).decode().split()[0] for one in sockets]
            await runner.cleanup()
            for pid in pids:
                await _gone(pid)

    asyncio.run(scene())


def test_there_are_so_many_terminals_and_no_more():
    """Each terminal is a process, so their number is bounded; one that ended makes room."""

    async def scene():
        async with _served() as (host, client, _):
            sockets = [await _opened(client, host) for _ in range(MAX_SESSIONS)]
            for one in sockets:
                await one.receive_bytes()
            with pytest.raises(WSServerHandshakeError, match="503"):
                await _opened(client, host)
            async with client.get(f"http://{host}/?token={SECRET}") as answer:
                assert (503, True) == (answer.status, "close one" in await answer.text())
            pid = sockets[0]
            await pid.close()
            await asyncio.sleep(0.2)
            async with client.get(f"http://{host}/?token={SECRET}") as answer:
                assert 200 == answer.status

    asyncio.run(scene())


@pytest.mark.parametrize("end", ["\n", ""])
def test_why_a_terminal_did_not_start_is_shown(capsys, end):
    """What a terminal says as it fails stands in the browser and on the server's stderr, safe for both.

    So does a last line that was not ended.
    """

    async def scene():
        async with _served(FAILS.format(end=end)) as (host, client, _), _opened(client, host) as socket:
            drawn = await socket.receive_bytes()
            assert b"\x1bc\r\nsagascope: no \xe2\x90\x9b[31msuch file" == drawn

    asyncio.run(scene())
    assert "sagascope: no ␛[31msuch file\n" == capsys.readouterr().err


def test_the_environment_of_a_terminal():
    """A terminal in a browser draws for it, with what was handed on in place of what was inherited."""
    inherited = {"SAGASCOPE_URL": "http://a", "PATH": "/bin", "TERM": "linux"}
    given = environment(inherited, {"SAGASCOPE_URL": "http://b"})

    assert ("http://b", "/bin") == (given["SAGASCOPE_URL"], given["PATH"])
    assert "tui.web.driver:BrowserDriver" == given["TEXTUAL_DRIVER"]
    assert ("xterm-256color", "truecolor") == (given["TERM"], given["COLORTERM"])
