"""What guards the OTLP listeners: the token and the certificate, when they are odd, missing or unusable."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tracer.errors import ConfigError

pytestmark = pytest.mark.integration


def test_authorization_that_is_no_text(with_otlp: Any, scratch: Path) -> None:
    """A header in no known encoding is another token, not an error of ours."""
    (scratch / "token").write_text("s3cret\n")

    async def scenario(otlp: Any) -> None:
        host, _, port = otlp.http.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xe9\r\nContent-Length: 0\r\n\r\n"
        )
        answer = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()

        assert (b"HTTP/1.1 401", {"rejected_unauthorized": 1}) == (answer[:12], otlp.counted)

    with_otlp(scenario, token_file=str(scratch / "token"))


@pytest.mark.parametrize("missing", ["tls_cert", "tls_key"])
def test_unusable_certificate(with_otlp: Any, certificate: Any, missing: str) -> None:
    """A certificate that cannot be read stops the start, with its path."""
    files = {"tls_cert": str(certificate.cert), "tls_key": str(certificate.key)} | {missing: "/nowhere.pem"}

    async def scenario(_: Any) -> None:
        pytest.fail("it started")

    for off in ("grpc", "http"):
        with pytest.raises(ConfigError, match=r"/nowhere\.pem"):
            with_otlp(scenario, **files, **{off: ""})


@pytest.mark.parametrize("guard", ["token", ""])
def test_tls_without_token(
    with_otlp: Any, certificate: Any, scratch: Path, caplog: pytest.LogCaptureFixture, guard: str
) -> None:
    """A listener that other machines reach with TLS alone starts, and warns that everybody may send."""
    (scratch / "token").write_text("s3cret\n")
    options = {"tls_cert": str(certificate.cert), "tls_key": str(certificate.key)}
    if guard:
        options["token_file"] = str(scratch / guard)

    async def scenario(otlp: Any) -> None:
        assert "running" == otlp.collector.status().state

    with_otlp(scenario, grpc="0.0.0.0:0", **options)
    warnings = [(record.levelname, record.message) for record in caplog.records if record.name.startswith("collectors")]
    expected = "anyone who reaches 0.0.0.0:0 can send; set token_file"

    assert ([] if guard else [("WARNING", expected)]) == warnings
