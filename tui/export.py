"""Where a transaction is written to: a name that is safe for every system, and what a typed one means. Pure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tracer.reports.forms import ENDINGS, form_of

MAX_NAME: Final = 100
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


def default_name(transaction_id: str, ending: str = ".md") -> str:
    """Give a file name of letters, digits, dots, hyphens and underscores alone, that is no hidden file."""
    safe = _UNSAFE.sub("-", transaction_id[: MAX_NAME * 4]).strip(".-")[:MAX_NAME]
    return f"{safe or 'transaction'}{ending}"


def problem(name: str) -> str | None:
    """Say what is wrong with a typed name; None where it can be written to."""
    typed = name.strip()
    if not typed:
        return "type a file name"
    if not typed.isprintable():
        return "a file name is printable text"
    if form_of(typed) is None:
        return f"the name ends in {', '.join(ENDINGS)}, and that says how it is written"
    return _no_place(typed)


def _no_place(typed: str) -> str | None:
    path = typed_path(typed)
    if path is None:
        return f"nobody's folder is known as {typed.partition('/')[0]}"
    try:
        if not path.parent.is_dir():
            return f"{path.parent} is no folder"
        return f"{path} is a folder" if path.is_dir() else None
    except (OSError, ValueError) as wrong:
        return f"no such file can be: {getattr(wrong, 'strerror', None) or wrong}"


def typed_path(name: str) -> Path | None:
    """Give the path that a person typed, with ~ as somebody's folder; None where there is no such person."""
    try:
        return Path(name.strip()).expanduser()
    except RuntimeError:
        return None
