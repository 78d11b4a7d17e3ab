"""The only writer of stdout: text for people, JSON and documents for programs."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from tracer.errors import UsageError
from tracer.model.text import clean

_NOT_PLAIN: Final = re.compile(r"[^\x20-\x7e\n]")
_LINE_LIMIT: Final = 100_000


def take_any_text() -> None:
    """Write a question mark where the encoding of stdout has no sign for what telemetry says."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def is_terminal() -> bool:
    """Tell whether a person looks at stdout."""
    return sys.stdout.isatty()


def has_colour() -> bool:
    """Tell whether colour is wanted: only on a terminal, and not with NO_COLOR or TERM=dumb."""
    return is_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def has_unicode() -> bool:
    """Tell whether lines and arrows may be drawn: not with SAGASCOPE_ASCII=1, TERM=dumb or another encoding."""
    wanted = os.environ.get("SAGASCOPE_ASCII", "") in {"", "0"} and os.environ.get("TERM") != "dumb"
    return wanted and (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def width() -> int | None:
    """Give the terminal's width in cells; None where nobody looks and lines may be as long as they are."""
    return shutil.get_terminal_size().columns if is_terminal() else None


def write_lines(lines: Iterable[str]) -> None:
    """Write lines that are already clean."""
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def write_json(value: Any) -> None:
    """Write one JSON document: indented for a person, on one line for a program; times in RFC 3339 UTC."""
    encoded = msgspec.json.encode(value)
    write_document(msgspec.json.format(encoded, indent=2) if is_terminal() else encoded, json=True)


def write_document(content: bytes, *, json: bool = False) -> None:
    """Write a text document as it is; on a terminal, what could control it is shown instead of sent."""
    if not is_terminal():
        sys.stdout.buffer.write(content)
        if not content.endswith(b"\n"):
            sys.stdout.buffer.write(b"\n")
        sys.stdout.flush()
        return
    text = content.decode(errors="replace")
    if json:
        write_lines([_NOT_PLAIN.sub(_escape, text)])
    else:
        write_lines(clean(line, _LINE_LIMIT) for line in text.splitlines())


def write_binary(content: bytes) -> None:
    """Write bytes that are not text. Raises UsageError on a terminal."""
    if is_terminal():
        raise UsageError("this format is not for a terminal: give --output FILE, or send it into a pipe")
    sys.stdout.buffer.write(content)
    sys.stdout.flush()


def write_parts(parts: Iterable[bytes], *, text: bool) -> None:
    """Write a document as its parts come; text is shown on a terminal, line by line, other bytes are refused there."""
    if not is_terminal():
        for part in parts:
            sys.stdout.buffer.write(part)
        sys.stdout.flush()
        return
    if not text:
        write_binary(b"")
    rest = b""
    for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        write_lines(clean(line.decode(errors="replace"), _LINE_LIMIT) for line in lines)
    if rest:
        write_lines([clean(rest.decode(errors="replace"), _LINE_LIMIT)])


def _escape(match: re.Match[str]) -> str:
    """Keep what is harmless; write the rest as JSON escapes, which mean the same."""
    character = match.group()
    if clean(character) == character:
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
