"""The command that a person may run: a declared template, filled with values that came by telemetry.

A template is a line for a POSIX shell. `{path}` stands for a value, `{{` and `}}` for braces. A value is hostile until
shown otherwise, so it stays within its own word, and where even that may hurt there is no command but the reason:

* outside quotes it is quoted as the shell wants it; at the head of a word or after a `=` it may not begin with `-`, `@`
  or `<`, which programs read as an option or as the name of a file;
* in a URL (a word with `://` ahead of it) it is percent-encoded, also inside quotes; `.` and `..` are refused;
* inside quotes stands text of another language (JSON, SQL, a second shell), and some programs hand their words to
  a second shell: there only plain values are taken, letters, digits and `._:+/-`;
* in a path (a word with a `/` that is no URL) only plain values without `/` and `..` are taken;
* control characters and very long values are refused, as a terminal would show and paste something else;
* what is in no record, or has several values, is named and never guessed.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from tracer.errors import SagascopeError
from tracer.model.text import DEFAULT_LIMIT, clean

Values = Callable[[str], tuple[object, ...]]

MAX_VALUE: Final = 512
MAX_COMMAND: Final = DEFAULT_LIMIT  # more would be cut off where it is printed
_SHOWN: Final = 60
_NAMED: Final = 3
_PIECE: Final = re.compile(r"\{\{|\}\}|\{(?P<path>\$\.[^{}]+|[^{}\s\"',]+)\}|(?P<brace>[{}])|[^{}]", re.DOTALL)
_PLAIN: Final = re.compile(r"(?![-@])[A-Za-z0-9._:@+/-]+")
_SURPRISING: Final = ("-", "@", "<")
_SHELLS: Final = frozenset({
    "ash", "bash", "csh", "dash", "eval", "fish", "ksh", "make", "parallel", "sh", "ssh", "su", "watch", "xargs", "zsh",
})  # fmt: skip
_SUBSTITUTION: Final = re.compile(r"`|\$['\"(]|[<>]\(")
_BOUNDARY: Final = re.compile(r"[\s\"',;<>()]")
_STAND_IN: Final = "x"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A command that is ready to run, or None and the problem, as a part of a sentence."""

    command: str | None
    problem: str = ""


class _Unfit(SagascopeError):
    """The template or a value makes no command."""


@dataclass(slots=True, kw_only=True)
class _Reading:
    """How far a template was read: the quotes that are open, and the word so far without them."""

    quotes: str = ""
    word: str = ""
    is_escaped: bool = False
    is_command: bool = True  # the next word names a program

    def read(self, character: str) -> None:
        """Take one character of the template, as a POSIX shell does."""
        if self.is_escaped:
            self.is_escaped, self.word = False, self.word + character
        elif character == "\\" and self.quotes != "'":
            self.is_escaped = True
        elif character == self.quotes:
            self.quotes = ""
        elif character in {"'", '"'} and not self.quotes:
            self.quotes = character
        elif character == " " and not self.quotes:
            self.is_command, self.word = self.is_command and not self.word, ""
        elif character in ";|&(" and not self.quotes:
            self.is_command, self.word = True, ""
        else:
            self.word += character


def fill(template: str, values: Values) -> Filled:
    """Fill a template with the values of one transaction: `values` gives the distinct ones that a path has."""
    try:
        command = "".join(_fill(template, values))
    except _Unfit as unfit:
        return Filled(command=None, problem=str(unfit))
    if len(command) > MAX_COMMAND:
        return Filled(command=None, problem=f"the command has more than {MAX_COMMAND} characters")
    return Filled(command=command)


def fault(template: str) -> str | None:
    """Say what keeps a template from ever making a command, as a part of a sentence; None where plain values do."""
    return fill(template, lambda _: (_STAND_IN,)).problem or None


def _fill(template: str, values: Values) -> Iterator[str]:
    if clean(template, MAX_COMMAND) != template:
        raise _Unfit("its template is no single line, has control characters or is too long")
    if _unbalanced(template):
        raise _Unfit("its template has a brace by itself: write {{ and }} for braces")
    reading = _Reading()
    is_nested = _has_second_shell(template)
    for piece in _PIECE.finditer(template):
        path = piece["path"]
        if path is None:
            yield from _literal(reading, piece.group()[0])
            continue
        _check_place(reading, path)
        rest = _BOUNDARY.split(template[piece.end() :], maxsplit=1)[0]
        yield _value(path, values, reading, is_nested=is_nested, is_path="/" in rest)
        reading.word += _STAND_IN
    if reading.quotes or reading.is_escaped:
        raise _Unfit("its template has quotes or a backslash that nothing closes")


def _literal(reading: _Reading, character: str) -> Iterator[str]:
    reading.read(character)
    yield character


def _unbalanced(template: str) -> bool:
    return any(piece["brace"] for piece in _PIECE.finditer(template))


def _has_second_shell(template: str) -> bool:
    """Whether something in a template reads words as a shell once more."""
    words = (word.rpartition("/")[2] for word in _BOUNDARY.split(template))
    return bool(_SUBSTITUTION.search(template)) or not _SHELLS.isdisjoint(words)


def _check_place(reading: _Reading, path: str) -> None:
    if reading.is_escaped:
        raise _Unfit(f"its template has a backslash before {{{path}}}")
    if reading.word.endswith("$"):
        raise _Unfit(f"its template has a $ before {{{path}}}: write ${{{{{path}}}}} for a variable of the shell")
    if reading.is_command and not reading.word:
        raise _Unfit(f"its template lets {{{path}}} name the program")


def _value(path: str, values: Values, reading: _Reading, *, is_nested: bool, is_path: bool) -> str:
    """Give one value as it may stand at this place of the template."""
    text = _only(path, values(path))
    word = _BOUNDARY.split(reading.word)[-1] if reading.quotes else reading.word
    if "://" in word:
        if text in {".", ".."}:
            raise _unsafe(path, text, "which would lead elsewhere in a URL")
        return quote(text, safe="")
    if (is_path or "/" in word) and (not _PLAIN.fullmatch(text) or "/" in text or ".." in text or text == "."):
        raise _unsafe(path, text, "which could lead elsewhere in a path")
    if (reading.quotes or is_nested) and not _PLAIN.fullmatch(text):
        raise _unsafe(path, text, "which is not safe where its command has it: within quotes or a second shell")
    if reading.quotes:
        return text
    if text.startswith(_SURPRISING) and (not word or word.endswith("=")):
        raise _unsafe(path, text, "which its command could take for an option or a file")
    return shlex.quote(text)


def _only(path: str, found: tuple[object, ...]) -> str:
    """Give the one value that a path has."""
    texts = list(dict.fromkeys(_text(path, value) for value in found if value is not None))
    filled = [text for text in texts if text.strip()]
    if not filled:
        raise _Unfit(f"{path} is in none of its records" if not texts else f"{path} is empty in its records")
    if len(texts) > 1:
        more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
        named = ", ".join(clean(text, _SHOWN) or "(empty)" for text in texts[:_NAMED])
        raise _Unfit(f"{path} has several values in its records: {named}{more}")
    (text,) = filled
    if clean(text, MAX_VALUE) != text:
        raise _unsafe(path, text, f"which has control characters or more than {MAX_VALUE} characters")
    return text


def _text(path: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise _Unfit(f"{path} is no single value in its records")


def _unsafe(path: str, text: str, why: str) -> _Unfit:
    return _Unfit(f'{path} is "{clean(text, _SHOWN)}", {why}')
