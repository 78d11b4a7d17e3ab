from __future__ import annotations

import errno
import socket

import pytest

from tracer.model.address import is_loopback, parse_address, why_not


@pytest.mark.parametrize("text", ["127.0.0.1:4319", "[::1]:0", "localhost:65535", "otel.example:1"])
def test_an_address_reads_and_writes_the_same(text):
    """HOST:PORT survives being read and written."""
    actual = str(parse_address(text))

    assert text == actual


@pytest.mark.parametrize("text", ["", "4319", ":4319", "::1:4319", "host:", "host:70000", "http://host:1", "a b:1"])
def test_what_is_not_an_address_is_refused(text):
    """Anything but HOST:PORT is refused with how to write it."""
    with pytest.raises(ValueError, match="write HOST:PORT"):
        parse_address(text)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("LOCALHOST", True),
        ("otlp.localhost", True),
        ("192.0.2.1", False),
        ("::", False),
        ("10.0.0.1", False),
        ("example.org", False),
        ("localhost.example.org", False),
    ],
)
def test_only_addresses_of_this_machine_are_loopback(host, expected):
    """A listener is private only on a loopback address or name."""
    actual = is_loopback(host)

    assert expected == actual


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        (OSError(errno.EADDRINUSE, "error while attempting to bind on address ('127.0.0.1', 1): x"), "in use"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Name or service not known"),
        (OSError("odd"), "odd"),
    ],
)
def test_why_an_address_was_refused_is_told_in_plain_words(failed, expected):
    """The system's sentence, without the event loop's."""
    told = why_not(failed)

    assert expected in told
    assert "attempting" not in told
