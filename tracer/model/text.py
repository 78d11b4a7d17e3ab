"""The one door through which text from telemetry passes before it reaches a terminal.

Control sequences in data reach a terminal raw from every widget and every print: a span named
`ESC ] 52 ; ...` writes to the clipboard of whoever lists it. `clean` takes out C0 (with ESC, tab and
newline), DEL, C1 and the bidirectional controls, and shows each as a visible stand-in.
"""

from __future__ import annotations

import re
from typing import Final

_BIDI: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE: Final = "\u2028\u2029\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
_UNSAFE: Final = re.compile(f"[\x00-\x1f\x7f-\x9f{_BIDI}{_INVISIBLE}\ud800-\udfff]")
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"
_CONTROL_PICTURES: Final = 0x2400
_FIRST_PRINTABLE: Final = 0x20
DEFAULT_LIMIT: Final = 4096


def _stand_in(match: re.Match[str]) -> str:
    code = ord(match.group())
    return chr(_CONTROL_PICTURES + code) if code < _FIRST_PRINTABLE else _REPLACEMENT


def clean(text: str, limit: int = DEFAULT_LIMIT) -> str:
    """Make text safe to print: no control characters, at most `limit` characters, one line."""
    cut = text if len(text) <= limit else text[: limit - 1] + _ELLIPSIS
    return _UNSAFE.sub(_stand_in, cut)
