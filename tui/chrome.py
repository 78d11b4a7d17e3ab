"""The lines around the list and the timeline: titles, counts, troubles, hints. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rich.cells import cell_len

from tracer.clock import NS_PER_S, to_datetime
from tracer.views import Transaction
from tui.format import clock, count, fit, plural, short_count, shown, ticking
from tui.look import Line, Look, Piece, role_of, width_of

SEVERITY: Final = ("stuck", "compensating", "running", "failed", "compensated", "completed")
NAME: Final[Line] = ((" sagascope ", "title"),)
MAX_WHY_LINES: Final = 3
_CHARS_A_CELL: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How the reading goes: since when the sidecar is away, when it is tried again, and what changed when.

    Of a store file (`url` is then its path): when its newest record happened.
    """

    url: str
    paused: bool = False
    changed_ns: int | None = None
    read_ns: int | None = None
    away: str | None = None
    retry_s: float = 0.0
    is_file: bool = False
    newest_ns: int | None = None


def joined(left: Line, right: Line, width: int) -> Line:
    """Put one line at the left and one at the right; the left one gives way."""
    room = max(0, width - width_of(right) - 1)
    kept = cut(left, room)
    return (*kept, (" " * (width - width_of(kept) - width_of(right)), "text"), *right)


def cut(line: Line, width: int) -> Line:
    """Cut a line to at most `width` cells."""
    pieces: list[Piece] = []
    for text, role in line:
        if cell_len(text) > width:
            return (*pieces, (fit(text, width), role)) if width > 0 else tuple(pieces)
        pieces.append((text, role))
        width -= cell_len(text)
    return tuple(pieces)


def title(link: Link, look: Look, width: int, subject: Line, past: datetime | None = None) -> Line:
    """Paint the first line: whose screen this is, where the data comes from, and whether it is live, or of the past."""
    state = _liveness(link, look) if past is None or link.away is not None else _past(link, look, past)
    url = ((f"{shown(link.url)}  ", "dim"),) if width_of(subject) + len(link.url) + width_of(state) + 4 <= width else ()
    return joined(subject, (*url, *state, (" ", "text")), width)


def _liveness(link: Link, look: Look) -> Line:
    at = clock(to_datetime(link.changed_ns)) if link.changed_ns is not None else ""
    if link.is_file:
        return _of_file(link, look)
    if link.away is not None:
        return ((f"{look.pick('✗', 'x')} no answer", "warn"),)
    if link.paused:
        return ((f"{look.pick('‖', '=')} paused", "warn"), (f" as of {at}" if at else "", "dim"))
    if not at:
        return (("asking", "dim"),)
    return ((f"{look.pick('●', '*')} live", "live"), (f" changed {at}", "dim"))


def _of_file(link: Link, look: Look) -> Line:
    if link.away is not None:
        return ((f"{look.pick('✗', 'x')} file not read", "warn"),)
    if link.read_ns is None:
        return (("reading the file", "dim"),)
    if link.newest_ns is None:
        return (("file", "strong"), (", without a transaction", "dim"))
    age = ticking((link.read_ns - link.newest_ns) / NS_PER_S)
    return (("file", "strong"), (f", newest record {age} old", "dim"))


def _past(link: Link, look: Look, at: datetime) -> Line:
    read = None if link.read_ns is None else to_datetime(link.read_ns)
    ago = f", {ticking((read - at).total_seconds())} ago" if read else ""
    return ((f"{look.pick('◂', '<')} as of {clock(at, read)}{ago}", "warn"),)


def banner(link: Link, now_ns: int, look: Look, width: int, retry_key: str = "r") -> tuple[Line, ...]:
    """Paint why the sidecar is not reachable, how old what is shown is, and how often it is tried again."""
    age = "nothing was read yet"
    if link.read_ns is not None:
        seconds = (now_ns - link.read_ns) / NS_PER_S
        age = f"what is shown is of {clock(to_datetime(link.read_ns))}, {ticking(seconds)} ago"
    dot = look.pick("·", "-")
    message = tuple(((f" {line}", "warn"),) for line in wrapped(shown(link.away), width - 2, MAX_WHY_LINES))
    again = (
        f"{retry_key} tries again"
        if link.is_file
        else f"trying every {ticking(link.retry_s)} {dot} {retry_key} tries now"
    )
    return (*message, cut(((f" {age} {dot} {again}", "dim"),), width))


def tally(counts: Mapping[str, int], look: Look, width: int) -> Line:
    """Paint how many transactions there are of each status, the worst first."""
    known = [(status, counts.get(status, 0)) for status in SEVERITY if counts.get(status, 0) or status == "stuck"]
    for number, gap, wordless in ((count, "   ", ()), (short_count, "  ", ()), (short_count, "  ", SEVERITY[4:])):
        line = _tally(known, look, number, gap, wordless)
        if width_of(line) <= width:
            return line
    return cut(line, width)


def _tally(
    known: Sequence[tuple[str, int]], look: Look, number: Callable[[int], str], gap: str, wordless: Sequence[str]
) -> Line:
    pieces: list[Piece] = []
    for status, amount in known:
        word = "" if status in wordless else f" {status}"
        role = role_of(status) if amount else "dim"
        pieces.append((f"{gap if pieces else ' '}{look.glyph(status)} {number(amount)}{word}", role))
    return tuple(pieces)


def subject_of_list(total: int, everything: int, sorted_by: str = "") -> Line:
    """Paint the name, how many transactions the list has, and what it is sorted by where no column says it."""
    text = plural(total, "transaction")
    if everything != total:
        text = f"{count(total)} of {count(everything)} match"
    order: Line = ((f"  sorted by {sorted_by}", "sorted"),) if sorted_by else ()
    return (*NAME, (f" {text}", "text"), *order)


def no_match(unknown_keys: Sequence[str], keys: Sequence[str], width: int) -> Line:
    """Paint that a filter lets nothing through: no all-clear, for a key that is none may be why."""
    if not unknown_keys:
        return ((" nothing matches the filter", "warn"),)
    return cut(((f" unknown key {shown(unknown_keys[0])}; keys are {', '.join(keys)}", "warn"),), width)


def hints(pairs: Iterable[tuple[str, str]], look: Look, width: int, place: str = "", instead: Line = ()) -> Line:
    """Paint what the most useful keys do, as many as fit, or something `instead`; the place at the right.

    The last pair is the way out: it is there before any other.
    """
    painted: list[Line] = [((f" {look.printable(key)}", "key"), (f" {text} ", "dim")) for key, text in pairs]
    others, out = painted[:-1], painted[-1] if painted else ()
    room = width - cell_len(place) - 2 - width_of(out)
    pieces: list[Piece] = list(instead)
    for more in others:
        if width_of((*pieces, *more)) > room:
            break
        pieces.extend(more)
    return joined((*pieces, *out), ((place, "dim"), (" ", "text")), width)


def subject_of_transaction(transaction_id: str, transaction: Transaction | None, look: Look) -> Line:
    """Paint the id and, when it is known, the kind of saga."""
    kind = ""
    if transaction is not None:
        words = [shown(transaction.saga)] if transaction.saga else []
        kind = f"  {look.pick(' · ', ' - ').join([*words, *([transaction.style] if transaction.style else [])])}"
    return ((f" {shown(transaction_id)}", "title"), (kind, "dim"))


def wrapped(text: str, width: int, most: int) -> list[str]:
    """Break text that is safe to print into at most `most` lines of at most `width` cells, by words where it can."""
    lines: list[str] = []
    # Cells are counted once a line: of a very long text only what can be seen is looked at.
    rest = text.strip()[: _CHARS_A_CELL * max(1, width) * (most + 1)]
    while rest and len(lines) < most:
        if cell_len(rest) <= width:
            return [*lines, rest]
        if len(lines) == most - 1:
            return [*lines, fit(rest, width)]
        line = _first_cells(rest, max(1, width))
        at = line.rfind(" ")
        line = line[:at] if at > len(line) // 2 else line
        lines.append(line.rstrip())
        rest = rest[len(line) :].lstrip()
    return lines


def wrapped_line(line: Line, width: int, most: int) -> tuple[Line, ...]:
    """Break a painted line between its pieces into at most `most` lines, the others indented by a cell."""
    lines: list[list[Piece]] = [[]]
    for piece in line:
        if lines[-1] and width_of((*lines[-1], piece)) > width and len(lines) < most:
            lines.append([(" ", "text")])
        lines[-1].append(piece)
    return tuple(cut(tuple(each), width) for each in lines)


def _first_cells(text: str, width: int) -> str:
    used = 0
    for at, char in enumerate(text):
        used += cell_len(char)
        if used > width:
            return text[: max(1, at)]
    return text
