"""The forms in which a transaction is written to a file, by the end of the file's name. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from typing import Any, Final

import msgspec

from tracer.reports.drawn import drawn
from tracer.reports.html import html
from tracer.reports.markdown import markdown
from tracer.views import Transaction

# What could control a terminal that prints it: JSON itself escapes what is below a blank.
_UNSAFE: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")


def json(value: Any) -> Iterator[str]:
    """Write the document of the HTTP API, indented; what could control a terminal is escaped."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    yield from _UNSAFE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text).split("\n")


Form = Callable[[Transaction], Iterator[str]]
FORMS: Final[Mapping[str, Form]] = {"md": markdown, "html": html, "svg": drawn}
ENDINGS: Final[Mapping[str, Form]] = {".md": markdown, ".json": json, ".svg": drawn, ".html": html}


def form_of(name: str) -> Form | None:
    """Give the form that the end of a file's name asks for; None where it asks for none of them."""
    return ENDINGS.get(PurePath(name).suffix.lower())
