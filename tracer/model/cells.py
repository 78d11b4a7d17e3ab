"""The cells that a clean text takes in a terminal: counting, cutting and breaking by them. Pure."""

from __future__ import annotations

import textwrap
import unicodedata


def cut(text: str, size: int) -> str:
    """Cut a clean text to so many cells, with an ellipsis where something is missing."""
    if cells_wide(text) <= size:
        return text
    kept, used = [], 0
    for character in text:
        used += cells_wide(character)
        if used > size - 1:
            break
        kept.append(character)
    return "".join(kept) + "\N{HORIZONTAL ELLIPSIS}"


def cells_wide(text: str) -> int:
    """Count the cells that a clean text takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def wrap(text: str, width: int | None) -> list[str]:
    """Break a clean text into lines of at most so many cells; one line where nobody looks."""
    if width is None:
        return [text]
    if text.isascii():
        return textwrap.wrap(text, width, break_on_hyphens=False) or [""]
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if cells_wide(longer) <= width:
            lines[-1] = longer
        else:
            lines += _pieces(word, width)
    return [line for line in lines if line] or [""]


def _pieces(word: str, width: int) -> list[str]:
    pieces = [""]
    for sign in word:
        if pieces[-1] and cells_wide(pieces[-1] + sign) > width:
            pieces.append("")
        pieces[-1] += sign
    return pieces
