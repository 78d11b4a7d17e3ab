"""Options are checked against each other before anything listens."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from collectors.otlp.options import OtlpOptions, Tls, check, read_token
from tracer.errors import ConfigError
from tracer.model.address import Address


def test_defaults() -> None:
    """Without options both listeners are on, on this machine alone."""
    plan = check(OtlpOptions(), name="otlp")

    assert (Address(host="127.0.0.1", port=4317), Address(host="127.0.0.1", port=4318)) == (plan.grpc, plan.http)
    assert (None, None) == (plan.tls, plan.token_file)


def test_off() -> None:
    """An empty address switches a listener off."""
    plan = check(OtlpOptions(grpc="", http=" "), name="otlp")

    assert (None, None) == (plan.grpc, plan.http)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[::1]:0", "[::1]:0"),
        ("localhost:4317", "localhost:4317"),
        ("127.9.9.9:65535", "127.9.9.9:65535"),
        ("otlp.localhost:1", "otlp.localhost:1"),
    ],
)
def test_addresses(text: str, expected: str) -> None:
    """Addresses are read and written back."""
    assert expected == str(check(OtlpOptions(grpc=text), name="otlp").grpc)


@pytest.mark.parametrize("text", ["4317", "host", "host:99999", "::1:4317", "http://x:1", "a b:1"])
def test_no_address(text: str) -> None:
    """What is no address is refused with the key and the fix."""
    with pytest.raises(ConfigError, match=r"\[collectors\.mine\].*grpc.*HOST:PORT"):
        check(OtlpOptions(grpc=text), name="mine")


@pytest.mark.parametrize("key", ["grpc", "http"])
@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "10.0.0.1", "example.test"])  # noqa: S104  that is what is refused
def test_beyond_loopback(key: str, host: str) -> None:
    """A listener that other machines reach needs a token or TLS, and the error names the fix."""
    open_to_all: dict[str, Any] = {key: f"{host}:4000"}

    with pytest.raises(ConfigError, match=f"{key} = .*token_file.*tls_cert"):
        check(OtlpOptions(**open_to_all), name="otlp")
    guarded = OtlpOptions(**open_to_all, token_file="t")  # noqa: S106  the name of a file
    assert Path("t") == check(guarded, name="otlp").token_file
    assert (
        Tls(cert=Path("c"), key=Path("k"))
        == check(OtlpOptions(**open_to_all, tls_cert="c", tls_key="k"), name="otlp").tls
    )


@pytest.mark.parametrize(("given", "missing"), [("tls_cert", "tls_key"), ("tls_key", "tls_cert")])
def test_half_of_tls(given: str, missing: str) -> None:
    """A certificate needs its key."""
    with pytest.raises(ConfigError, match=f"{missing} is missing"):
        check(OtlpOptions(**{given: "file"}), name="otlp")


def test_queue_holds_one_request() -> None:
    """A queue that no request fits into is refused."""
    with pytest.raises(ConfigError, match="max_queued_bytes"):
        check(OtlpOptions(max_queued_bytes=100), name="otlp")


def test_unknown_key() -> None:
    """Unknown keys are errors, and limits are positive."""
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert({"max_bodies": 1}, OtlpOptions)
    with pytest.raises(msgspec.ValidationError, match=">= 1"):
        msgspec.convert({"max_body": 0}, OtlpOptions)


def test_token(scratch: Path) -> None:
    """The token is the file's content without its line end; no token is an error."""
    (scratch / "token").write_text("s3cret\n")
    (scratch / "empty").write_text(" \n")

    assert ("s3cret", None) == (read_token(scratch / "token", name="otlp"), read_token(None, name="otlp"))
    with pytest.raises(ConfigError, match="is empty"):
        read_token(scratch / "empty", name="otlp")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_token(scratch / "none", name="otlp")
