"""Serves the page and the sockets, to this machine and to who has the token."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from hmac import compare_digest
from http import HTTPStatus
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template
from typing import Final

import click
from aiohttp import web

from tracer.errors import UsageError
from tracer.model.address import Address, is_loopback, why_not
from tui.web.session import Session

MAX_SESSIONS: Final = 8
MAX_MESSAGE_BYTES: Final = 1 << 16
HEARTBEAT_S: Final = 15.0
STOP_WITHIN_S: Final = 10.0
PROGRAM: Final = (sys.executable, "-X", "utf8", "-m", "tracer.cli.main", "tui")
_PAGE: Final = Template((files("tui.web") / "page.html").read_text("utf-8"))
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_STRANGER: Final = "open the address that `sagascope tui --web` printed: the token is missing or of an earlier start"
_FULL: Final = f"{MAX_SESSIONS} browsers have a terminal here already: close one"
_OTHER_HOST: Final = "the Host header names another machine: open the address that `sagascope tui --web` printed"
_RESET: Final = "\x1bc"
_MAX_DIGITS: Final = 4
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serve(handed_on: tuple[tuple[str, ...], Mapping[str, str]], *, listen: Address) -> None:
    """Serve until interrupted, and print the address; `handed_on` are the arguments and variables of each terminal.

    Raises UsageError where the address cannot be had.
    """
    asyncio.run(_serve(handed_on, listen))


async def _serve(handed_on: tuple[tuple[str, ...], Mapping[str, str]], listen: Address) -> None:
    arguments, variables = handed_on
    secret = secrets.token_urlsafe(24)
    runner = web.AppRunner(
        make_app(secret, (*PROGRAM, *arguments), environment(os.environ, variables)),
        access_log=None,  # it would hold the secret
        shutdown_timeout=STOP_WITHIN_S,
    )
    await runner.setup()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        site = web.TCPSite(runner, listen.host, listen.port)
        await site.start()
        host, port = runner.addresses[0][:2]
        click.echo(f"the terminal is at http://{Address(host=host, port=port)}/?token={secret} (Ctrl-C ends it)")
        await stop.wait()
    except OSError as failed:
        raise UsageError(f"--web-listen {listen}: {why_not(failed)}; name another one") from failed
    finally:
        await runner.cleanup()


def environment(inherited: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of a terminal in a browser."""
    return {
        **inherited,
        **variables,
        "TEXTUAL_DRIVER": "tui.web.driver:BrowserDriver",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "TERM_PROGRAM": "textual",
        "TERM_PROGRAM_VERSION": version("textual-serve"),
    }


def make_app(secret: str, command: tuple[str, ...], environ: Mapping[str, str]) -> web.Application:
    """Build what answers who has the secret; each socket runs `command` with `environ`."""
    terminals = _Terminals(secret, command, environ)
    ours, theirs = files("tui.web"), files("textual_serve") / "static"
    app = web.Application(middlewares=[_guard])
    app.add_routes(
        [
            web.get("/", terminals.page),
            web.get("/ws/{token}", terminals.socket),
            web.get("/page.css", _file(ours / "page.css", "text/css")),
            web.get("/page.js", _file(ours / "page.js", "text/javascript")),
            web.get("/terminal.css", _file(theirs / "css" / "xterm.css", "text/css")),
            web.get("/terminal.js", _file(theirs / "js" / "textual.js", "text/javascript")),
            web.get("/font.ttf", _file(theirs / "fonts" / "RobotoMono-VariableFont_wght.ttf", "font/ttf")),
        ]
    )
    app.on_shutdown.append(terminals.stop)
    return app


class _Terminals:
    """The page, and a terminal for each socket."""

    def __init__(self, secret: str, command: tuple[str, ...], environ: Mapping[str, str]) -> None:
        self._secret = secret
        self._command = command
        self._environ = environ
        self._sessions: set[Session] = set()

    async def page(self, request: web.Request) -> web.Response:
        """Give the page, which has the address of its socket."""
        self._admit(request.query.get("token", ""))
        address = f"ws://{request.host}/ws/{self._secret}"
        text = _PAGE.substitute(socket=address, size=_number(request, "fontsize", 15))
        policy = _POLICY.format(host=request.host)
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": policy})

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        """Run a terminal for a page of ours; another site's page has another Origin."""
        self._admit(request.match_info["token"] if request.headers.get("Origin") == f"http://{request.host}" else "")
        session = Session(self._command, self._environ)
        self._sessions.add(session)
        try:
            return await _carry(request, session)
        finally:
            self._sessions.discard(session)

    def _admit(self, given: str) -> None:
        if not compare_digest(given.encode(errors="surrogateescape"), self._secret.encode()):
            raise web.HTTPForbidden(text=_STRANGER)
        if len(self._sessions) >= MAX_SESSIONS:
            raise web.HTTPServiceUnavailable(text=_FULL)

    async def stop(self, _app: web.Application) -> None:
        """End every terminal."""
        for session in self._sessions:
            session.stop()


async def _carry(request: web.Request, session: Session) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=MAX_MESSAGE_BYTES)
    await socket.prepare(request)
    last_words = await session.run(socket, _number(request, "width", 80), _number(request, "height", 24))
    if last_words:
        for line in last_words:
            click.echo(line, err=True)
        with contextlib.suppress(ConnectionError):
            await socket.send_bytes("\r\n".join((_RESET, *last_words)).encode())
    await socket.close()
    return socket


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse who comes by another name: a page can point its own at 127.0.0.1 (DNS rebinding)."""
    if not is_loopback(_name(request.headers.get("Host", ""))):
        return web.Response(status=HTTPStatus.MISDIRECTED_REQUEST, text=_OTHER_HOST)
    try:
        answer = await handler(request)
    except web.HTTPException as refused:
        refused.headers.update(_HEADERS)
        raise
    if not answer.prepared:
        answer.headers.update(_HEADERS)
    return answer


def _file(resource: Traversable, content_type: str) -> Handler:
    async def give(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=await asyncio.to_thread(resource.read_bytes), content_type=content_type)

    return give


def _name(host: str) -> str:
    return host.partition("]")[0].strip("[") if host.startswith("[") else host.partition(":")[0]


def _number(request: web.Request, name: str, otherwise: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS else otherwise
