"""`sagascope tui` as a process: in a real browser, on a store file, and while its sidecar dies and comes back."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.bench.preload import fill
from tests.bench.pseudo import started
from tests.chromes import chromium
from tests.sidecars import SAGASCOPE, environment, serving

pytestmark = pytest.mark.integration

TRANSACTIONS = 30
PATIENCE_S = 30


@pytest.fixture
def data(scratch):
    """Give a store file of transactions that stand for hours, each in its second step."""
    fill(scratch / "night.duckdb", transactions=TRANSACTIONS, records_each=2, days=0.2, ended=False)
    return scratch / "night.duckdb"


@contextmanager
def _web(*options: str, **more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve the terminal on a free port, as a person starts it; give the process and the printed address."""
    command = [*SAGASCOPE, "tui", "--web", "--web-listen", "127.0.0.1:0", *options]
    with subprocess.Popen(command, env=environment(**more), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", process.stdout.readline())
            assert found
            yield process, found[0]
        finally:
            process.kill()


def _children(process: subprocess.Popen[str]) -> list[str]:
    return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii").split()


def _told(child: str, what: str) -> bytes:
    return Path(f"/proc/{child}/{what}").read_bytes()


def _until(condition, what):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(what)


def test_the_terminal_in_a_real_browser(scratch, data, require_program):
    """The browser shows the terminal and takes keys, asks nobody but this server, and leaves no process behind."""
    program = require_program("chromium")

    async def scene(address, process):
        async with chromium(program, scratch / "profile") as page:
            await page.open(address.partition("?")[0])
            refused = await page.until_value("document.body.innerText")
            page.logged.clear()
            await page.open(address)
            drawn = await page.until_drawn(f"{TRANSACTIONS} STUCK")
            await page.press("l")
            await page.until_drawn("IN STEP", after=drawn)
            shown = await page.value("document.body.className")
            size = len(await page.screenshot())
            environ, command = (_told(_children(process)[0], what) for what in ("environ", "cmdline"))
        host = address.partition("/?")[0]
        assert [] == [each for each in page.fetched if not each.startswith((f"{host}/", "data:"))]
        assert [] == [each for each in page.logged if "favicon" not in each]  # of the refusal, which is no page
        assert "the token is missing" in refused
        assert ("-first-byte" in shown, size > 10_000) == (True, True)
        assert (b"s3cret" in environ, b"s3cret" in command) == (True, False)

    secret, ours = {"SAGASCOPE_API__TOKEN": "s3cret"}, {"SAGASCOPE_TOKEN": "s3cret"}
    with (
        serving(data, settings=secret) as sidecar,
        _web("--read-only", SAGASCOPE_URL=sidecar.api, **ours) as (process, address),
    ):
        asyncio.run(scene(address, process))
        _until(lambda: not _children(process), "the terminal outlived its browser")
        process.send_signal(signal.SIGINT)

        assert (0, "") == (process.wait(PATIENCE_S), process.stdout.read())


def test_a_terminal_does_not_outlive_its_server(data):
    """A server that is killed tells nobody; each terminal notices that its input ended."""

    async def scene(address, process):
        host, _, token = address.removeprefix("http://").partition("/?token=")
        async with (
            asyncio.timeout(PATIENCE_S),
            ClientSession() as client,
            client.ws_connect(f"ws://{host}/ws/{token}", headers={"Origin": f"http://{host}"}) as browser,
        ):
            drawn = b""
            while b"STUCK" not in drawn:
                drawn += await browser.receive_bytes()
            [child] = _children(process)
            process.kill()
        return child

    with _web("--data", str(data)) as (process, address):
        child = asyncio.run(scene(address, process))
        _until(lambda: not Path(f"/proc/{child}").exists(), "the terminal outlived its server")


def test_a_port_that_is_taken_is_told():
    """Where another listens the address is named, with what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        done = subprocess.run([*SAGASCOPE, "tui", "--web", "--web-listen", listen], env=environment(),
                              capture_output=True, text=True, timeout=60, check=False)  # fmt: skip

    assert (2, True) == (done.returncode, f"--web-listen {listen}: Address already in use" in done.stderr)


def test_a_sidecar_that_dies_and_comes_back(data):
    """Killed under the terminal, what was read stays with its age and the reason; back again, it goes on by itself."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        api = f"127.0.0.1:{free.getsockname()[1]}"
    command = [*SAGASCOPE, "serve", f"--data={data}", "--otlp-grpc=127.0.0.1:0", "--otlp-http=127.0.0.1:0"]

    @contextmanager
    def sidecar():
        with subprocess.Popen(
            [*command, f"--api={api}"], env=environment(), stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout.readline().startswith("ready ")
            yield
            process.kill()

    with started([*SAGASCOPE, "tui", "--url", f"http://{api}"], 100, 30) as terminal:
        terminal.until("nothing was read yet")
        with sidecar():
            terminal.until(f"{TRANSACTIONS} STUCK")
            terminal.press("r")
        terminal.until("no answer")
        terminal.until("what is shown is of ")
        terminal.until("trying every ")
        terminal.press("l")
        with sidecar():
            terminal.until("live")
            terminal.until("ORD-")


def test_a_terminal_that_is_closed_ends_the_program():
    """Where no signal tells that the terminal is gone, as under nohup, the program notices and does not spin."""
    leader, follower = pty.openpty()
    with subprocess.Popen([*SAGASCOPE, "tui", "--url", "http://127.0.0.1:1"], env=environment(TERM="xterm"),
                          stdin=follower, stdout=follower, stderr=follower,
                          start_new_session=True) as process:  # fmt: skip
        os.close(follower)
        drawn = b""
        while b"nothing was read yet" not in drawn:
            drawn += os.read(leader, 65_536)
        os.close(leader)

        assert process.wait(PATIENCE_S) is not None


def test_a_store_file_without_a_sidecar(data):
    """A file is shown with the age of its newest record; a sidecar can take it meanwhile, and the reason is told."""
    with started([*SAGASCOPE, "tui", "--data", str(data)], 100, 30) as terminal:
        terminal.until("newest record ")
        terminal.until(f"{TRANSACTIONS} STUCK")
        with serving(data):
            refused = subprocess.run([*SAGASCOPE, "tui", "--data", str(data)], env=environment(TEXTUAL_DRIVER="x"),
                                     capture_output=True, text=True, timeout=60, check=False)  # fmt: skip
            terminal.press("r")
            terminal.until("file not read")
        terminal.press("r")
        terminal.until("newest record ")

    assert (4, True) == (refused.returncode, "is held by process" in refused.stderr), refused.stderr
