"""JSON over HTTP/1.1 between the processes of the demo, with the standard library alone.

A web framework would cost each of nine services 20 MB; these exchange a few small messages a second
on the loopback interface.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from threading import Thread
from typing import Any, ClassVar, Final

from tracer.demo.world import Refusal, Reply, Request, Vanished

LOOPBACK: Final = "127.0.0.1"
MAX_BODY_BYTES: Final = 256 * 1024
IDLE_TIMEOUT_S: Final = 60.0
MAX_WAITING_CONNECTIONS: Final = 128
_LOG: Final = logging.getLogger(__name__)


class Server(ThreadingMixIn, TCPServer):
    """Answers POST requests on a free port of the loopback interface, each in a thread of its own."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = MAX_WAITING_CONNECTIONS

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self.answer = answer
        super().__init__((LOOPBACK, 0), _Handler)

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"{LOOPBACK}:{self.server_address[1]}"

    def start(self) -> None:
        """Answer from now on, in the background."""
        Thread(target=self.serve_forever, name="http", daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout: ClassVar[float] = IDLE_TIMEOUT_S
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        if length > MAX_BODY_BYTES:
            self.close_connection = True
            self._reply(Reply(status=413, body={"detail": f"body over {MAX_BODY_BYTES} bytes"}))
            return
        body = json.loads(self.rfile.read(length) or b"{}")
        headers = {key.lower(): value for key, value in self.headers.items()}
        try:
            self._reply(self.server.answer(Request(path=self.path, body=body, headers=headers)))
        except Refusal as refusal:
            self._reply(Reply(status=502, body={"detail": str(refusal)}))
        except Vanished:
            self.close_connection = True  # without a word, as from a process that died

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is http.server's
        _LOG.debug(format, *args)

    def _reply(self, reply: Reply) -> None:
        payload = json.dumps(reply.body).encode()
        self.send_response_only(reply.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)


def post(address: str, request: Request, *, timeout_s: float) -> Reply:
    """Post a request to HOST:PORT and wait for the answer; Refusal when the connection breaks."""
    connection = HTTPConnection(address, timeout=timeout_s)
    headers: Mapping[str, str] = {"content-type": "application/json", "connection": "close", **request.headers}
    try:
        connection.request("POST", request.path, json.dumps(request.body), dict(headers))
        answer = connection.getresponse()
        body: dict[str, Any] = json.loads(answer.read(MAX_BODY_BYTES) or b"{}")
        return Reply(status=answer.status, body=body)
    except (OSError, HTTPException) as error:
        raise Refusal(f"no answer from {request.path}: {error}") from error
    finally:
        connection.close()
