"""Inflation that stops at a limit while it inflates: 1 MB of gzip can be 1 GiB of zeros."""

from __future__ import annotations

import zlib
from typing import Final

from tracer.errors import Rejected, TooLarge

_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZLIB_FIRST: Final = 0x78
_ZLIB_CHECK: Final = 31
_EITHER: Final = 32 + zlib.MAX_WBITS
_STEP_BYTES: Final = 2**20


def looks_compressed(data: bytes) -> bool:
    """Tell gzip and zlib from an OTLP request: no message of it begins with the first byte of either."""
    if data[:2] == _GZIP_MAGIC:
        return True
    return data[:1] == bytes([_ZLIB_FIRST]) and int.from_bytes(data[:2], "big") % _ZLIB_CHECK == 0


def inflate(data: bytes, *, max_bytes: int) -> bytes:
    """Inflate gzip (of one or several members) or zlib.

    Raises TooLarge beyond `max_bytes`, Rejected for what is neither.
    """
    parts: list[bytes] = []
    left = max_bytes
    while True:
        inflater = zlib.decompressobj(_EITHER)
        while not inflater.eof:
            part = _step(inflater, data, min(left + 1, _STEP_BYTES))
            if len(part) > left:
                raise TooLarge(f"the body inflates to more than {max_bytes} bytes (max_inflated)")
            left -= len(part)
            data = inflater.unconsumed_tail
            if not part and not data and not inflater.eof:
                raise Rejected("the compressed body ends too early")
            parts.append(part)
        data = inflater.unused_data
        if not data:
            return b"".join(parts)


def _step(inflater: zlib._Decompress, data: bytes, max_bytes: int) -> bytes:
    try:
        return inflater.decompress(data, max_bytes)
    except zlib.error as malformed:
        raise Rejected(f"the body is not gzip: {malformed}") from malformed
