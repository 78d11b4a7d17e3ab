"""Inflation is bounded while it inflates."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from collectors.otlp.inflate import inflate, looks_compressed
from tracer.errors import Rejected, TooLarge

MIB = 2**20


@pytest.mark.parametrize("data", [b"", b"x", b"0123456789" * 200_000])
@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_round_trip(data: bytes, pack: Callable[[bytes], bytes]) -> None:
    """What was compressed comes back, up to the very limit."""
    packed = pack(data)

    assert data == inflate(packed, max_bytes=len(data))


def test_members() -> None:
    """Gzip may have several members, and the limit is for all of them."""
    packed = gzip.compress(b"abc") + gzip.compress(b"def")

    assert b"abcdef" == inflate(packed, max_bytes=6)
    with pytest.raises(TooLarge):
        inflate(packed, max_bytes=5)


def test_bomb() -> None:
    """64 MiB of zeros are refused after the limit, not after 64 MiB."""
    packer = zlib.compressobj(wbits=31)
    zeros = bytes(MIB)
    bomb = b"".join(packer.compress(zeros) for _ in range(64)) + packer.flush()
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match="max_inflated"):
            inflate(bomb, max_bytes=4 * MIB)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak_bytes < 16 * MIB


@pytest.mark.parametrize(
    "data", [b"", b"plain text", gzip.compress(b"abc")[:-1], gzip.compress(b"abc")[:5], gzip.compress(b"abc") + b"junk"]
)
def test_not_gzip(data: bytes) -> None:
    """What is not gzip, or ends too early, is malformed."""
    with pytest.raises(Rejected):
        inflate(data, max_bytes=100)


def test_looks() -> None:
    """Compressed messages are told from OTLP requests by their first bytes."""
    compressed = [gzip.compress(b"x"), zlib.compress(b"x"), zlib.compress(b"x", 9), zlib.compress(b"x", 1)]

    assert [True] * 4 == [looks_compressed(data) for data in compressed]
    assert [False] * 4 == [looks_compressed(data) for data in (b"", b"\x0a\x00", b"\x1f", b"x")]
