from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from opentelemetry.sdk.trace import TracerProvider

from tracer.demo.export import Endpoints, open_export


class Receiver(BaseHTTPRequestHandler):
    """Answers every request with the status that its server was given."""

    def do_POST(self):
        """Take the body and answer."""
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response_only(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()


@pytest.mark.parametrize(("status", "lost"), [(200, 0), (400, 1)])
def test_batches_that_are_refused_are_counted(status, lost):
    """A batch that the receiver refuses for good counts as lost, one that it takes does not."""
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.status = status
        Thread(target=server.serve_forever, args=(0.01,)).start()
        export = open_export(Endpoints(grpc="", http=f"127.0.0.1:{server.server_port}"), "http")
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(export.spans)
        provider.get_tracer("t").start_span("s").end()
        export.flush()
        provider.shutdown()
        server.shutdown()

    assert lost == export.tally.lost
