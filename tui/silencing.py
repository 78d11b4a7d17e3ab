"""What a person types to silence alerts: for how long, why, and which labels. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from typing import Final

from tui.format import shown
from tui.moments import duration_s

_HOW_LONG: Final = "for how long comes first, as in: 2h the vendor is on it"
_NO_REASON: Final = "a reason comes after it, for those who will wonder"
_NO_MATCHERS: Final = "what is silenced is said as saga=order, step!=pay, owner=~pay.*"
_MOST_S: Final = 365 * 86_400
_MATCHER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\s*(=~|!~|!=|=)")


def fault_of_silence(words: str) -> str | None:
    """Say what is missing in "2h reason"; None where nothing is."""
    length, _, reason = words.strip().partition(" ")
    seconds = duration_s(length)
    if seconds is None or not 0 < seconds <= _MOST_S:
        return _HOW_LONG
    return None if reason.strip() else _NO_REASON


def taken(words: str) -> tuple[float, str]:
    """Give the seconds and the reason of words without a fault."""
    length, _, reason = words.strip().partition(" ")
    return duration_s(length) or 0.0, reason.strip()


def written(matchers: Iterable[str]) -> str:
    """Write matchers in a line, safe to show, in quotes where they have blanks."""
    return " ".join(shlex.quote(shown(one)) for one in matchers)


def fault_of_matchers(text: str) -> str | None:
    """Say what is wrong with a line of matchers, as far as it can be told here; None where nothing is."""
    try:
        terms = _terms(text)
    except ValueError:
        return "a quote is not closed"
    wrong = next((one for one in terms if not _MATCHER.match(one)), None)
    if wrong is not None:
        return f"{shown(wrong)}: {_NO_MATCHERS}"
    return None if terms else _NO_MATCHERS


def worded(text: str, matchers: Iterable[str]) -> tuple[str, ...]:
    """Give the matchers of a line; those that were only shown otherwise are taken as they were."""
    as_they_were = {shown(one): one for one in matchers}
    return tuple(as_they_were.get(term, term) for term in _terms(text))


def _terms(text: str) -> list[str]:
    """Take a line apart at its blanks, but those in quotes; a backslash belongs to a regular expression."""
    words = shlex.shlex(text, posix=True, punctuation_chars=False)
    words.whitespace_split, words.escape, words.commenters = True, "", ""
    return list(words)
