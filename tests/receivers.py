"""Real receivers of notices that take, refuse, hang, break off or are away, and notifiers that tell them."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from aiohttp import web
from aiosmtpd.controller import Controller
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse

from tracer.alerts.notifiers.make import make_notifier
from tracer.clock import NS_PER_S, FixedClock
from tracer.config.decode import decode
from tracer.config.notifiers import Ready, environment, ready_notifiers
from tracer.config.sources import read

NOW_NS = 1_772_330_400 * NS_PER_S
SECRET = "s3cret-value-of-a-key-00000000ab"  # noqa: S105  nobody's
MODES = ("take", "later", "never", "hang", "away")
_HTTP = {"take": 202, "later": 503, "never": 400}
_SMTP = {"take": "250 taken", "later": "451 try later", "never": "550 no"}
_GRPC = {"later": grpc.StatusCode.UNAVAILABLE, "never": grpc.StatusCode.UNAUTHENTICATED}
_PROGRAM = {"take": "0", "later": "75", "never": "77"}


def free_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@dataclass
class WebReceiver:
    """Answers POSTs: with the script first (a status with headers and body, or a function), then as its mode says."""

    mode: str = "take"
    script: list = field(default_factory=list)
    got: list = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def bodies(self) -> list:
        """What it got, as JSON."""
        return [json.loads(body) for _, _, body in self.got]

    async def answer(self, request):
        """Answer one request."""
        body = await request.read()
        self.got.append((request.path, dict(request.headers), body))
        if self.script:
            answer = self.script.pop(0)
            if callable(answer):
                return await answer(request)
            status, headers, text = answer
            return web.Response(status=status, headers=headers, text=text)
        if self.mode == "hang":
            await asyncio.sleep(30)
        return web.Response(
            status=_HTTP.get(self.mode, 500), text=f"said: {self.mode} {body.decode('utf-8', 'replace')}"
        )


@asynccontextmanager
async def web_receiver(mode: str = "take", script: list | None = None, port: int = 0):
    """Run one; away, it listens nowhere."""
    receiver = WebReceiver(mode=mode, script=script or [])
    if mode == "away":
        receiver.port = free_port()
        yield receiver
        return
    app = web.Application(client_max_size=2**24)
    app.router.add_route("*", "/{tail:.*}", receiver.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        await runner.cleanup()


class MailHandler:
    """Takes mail as its mode says."""

    def __init__(self, mode: str = "take") -> None:
        self.mode = mode
        self.envelopes: list = []

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802  aiosmtpd's name
        """Answer one mail."""
        if self.mode == "hang":
            await asyncio.sleep(30)
        self.envelopes.append(envelope)
        return _SMTP[self.mode]


@asynccontextmanager
async def mail_receiver(mode: str = "take", **options):
    """Run an SMTP server in a thread of its own; gives the handler and the port."""
    port = free_port()
    handler = MailHandler(mode)
    if mode == "away":
        yield handler, port
        return
    controller = Controller(handler, hostname="127.0.0.1", port=port, **options)
    await asyncio.to_thread(controller.start)
    try:
        yield handler, port
    finally:
        await asyncio.to_thread(controller.stop)


@asynccontextmanager
async def grpc_receiver(mode: str = "take"):
    """Run an OTLP/gRPC endpoint for logs; gives the requests that it got, and its port."""
    got: list = []

    async def export(request, context):
        got.append((request, dict(context.invocation_metadata())))
        if mode == "hang":
            await asyncio.sleep(30)
        if mode in _GRPC:
            await context.abort(_GRPC[mode], f"said: {mode}")
        return ExportLogsServiceResponse()

    if mode == "away":
        yield got, free_port()
        return
    server = grpc.aio.server()
    method = grpc.unary_unary_rpc_method_handler(
        export,
        request_deserializer=ExportLogsServiceRequest.FromString,
        response_serializer=ExportLogsServiceResponse.SerializeToString,
    )
    service = "opentelemetry.proto.collector.logs.v1.LogsService"
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Export": method}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield got, port
    finally:
        await server.stop(0)


def program(folder: Path, mode: str) -> Path:
    """Write a program that ends as the mode says and keeps what it was given."""
    path = folder / f"page-{mode}"
    if mode == "away":
        path.write_text("#!/nowhere/python\n")
    else:
        ends = "import time; time.sleep(30)" if mode == "hang" else f"sys.exit({_PROGRAM[mode]})"
        path.write_text(
            f"#!{sys.executable} -S\nimport json, os, sys\n"
            "facts = {k: v for k, v in os.environ.items() if k.startswith('SAGASCOPE_')}\n"
            "given = [sys.argv[1:], json.load(sys.stdin), facts]\n"
            f"open({str(folder / 'given.json')!r}, 'a').write(json.dumps(given) + '\\n')\n"
            f"print('said: {mode}', flush=True)\n{ends}\n"
        )
    path.chmod(0o755)
    return path


def ready(folder: Path, text: str, environ: dict | None = None, name: str = "n") -> Ready:
    """Read [notifiers.n] with these keys."""
    path = folder / "sagascope.toml"
    path.write_text(text if "[notifiers" in text else f"[notifiers.{name}]\n{text}")
    configuration = decode(read(path, environ=environ or {}, cwd=folder))
    allowed = configuration.settings.alerting.allowed_hosts
    (one, *_), _ = ready_notifiers(configuration.settings.notifiers, configuration.source, allowed)
    return one


def make(folder: Path, text: str, *, environ: dict | None = None, firing=lambda _name: (), clock=None):
    """Make the notifier of [notifiers.n] with these keys."""
    return make_notifier(
        ready(folder, text, environ), clock=clock or FixedClock(NOW_NS), firing=firing, environment=environment()
    )
