"""On which line of a TOML text each table, key and item of a list stands; `tomllib` does not tell."""

from __future__ import annotations

import re
import tomllib
from typing import Final, NamedTuple

_Path = tuple[str, ...]

_TOKEN: Final = re.compile(
    r"""(?P<skip>[ \t\r]+|\#[^\n]*)
    |(?P<newline>\n)
    |(?P<string>\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')
    |(?P<bare>[^\s\[\]{},=.\#"']+)
    |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_AFTER_A_SCALAR: Final = frozenset({"\n", ",", "]", "}", ""})


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def key_lines(text: str) -> dict[_Path, int]:
    """Give the line of everything in a text that `tomllib` has accepted; items of lists count from 0."""
    return _Scanner(text).scan()


class _Scanner:
    """Walks the tokens once; each method leaves the position behind what it read."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._lines: dict[_Path, int] = {}
        self._last: dict[_Path, int] = {}  # the latest item of each list of tables

    def scan(self) -> dict[_Path, int]:
        table: _Path = ()
        while following := self._peek():
            if following == "\n":
                self._at += 1
            elif following == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    def _peek(self) -> str:
        return self._tokens[self._at].text

    def _next(self) -> _Token:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _found(self, path: _Path, line: int) -> None:
        self._lines.setdefault(path, line)

    def _header(self) -> _Path:
        line = self._next().line
        if in_list := self._peek() == "[":
            self._at += 1
        *above, name = self._names("]")
        self._at += 2 if in_list else 1
        path: _Path = ()
        for part in above:
            path = self._latest((*path, part))
        path = (*path, name)
        self._found(path, line)
        if in_list:
            self._last[path] = self._last.get(path, -1) + 1
            path = self._latest(path)
            self._found(path, line)
        return path

    def _latest(self, path: _Path) -> _Path:
        """Go from a list of tables to its latest item, which a header below the list's name means."""
        return (*path, str(self._last[path])) if path in self._last else path

    def _names(self, end: str) -> list[str]:
        names = []
        while self._peek() not in {end, ""}:
            token = self._next()
            if token.kind != "mark":
                names.append(_bare(token))
        return names

    def _pair(self, table: _Path) -> None:
        line = self._tokens[self._at].line
        path = (*table, *self._names("="))
        self._found(path, line)
        self._at += 1
        self._value(path)

    def _value(self, path: _Path) -> None:
        opening = self._tokens[self._at]
        if opening.kind == "mark" and opening.text == "[":
            self._items(path)
        elif opening.kind == "mark" and opening.text == "{":
            self._pairs(path)
        else:
            self._next()
            while self._peek() not in _AFTER_A_SCALAR:
                self._next()

    def _items(self, path: _Path) -> None:
        self._next()
        index = 0
        while (token := self._tokens[self._at]).text not in {"]", ""}:
            if token.kind == "newline" or token.text == ",":
                self._next()
                continue
            item = (*path, str(index))
            self._found(item, token.line)
            self._value(item)
            index += 1
        self._next()

    def _pairs(self, path: _Path) -> None:
        self._next()
        while (token := self._tokens[self._at]).text not in {"}", ""}:
            if token.kind == "newline" or token.text == ",":
                self._next()
            else:
                self._pair(path)
        self._next()


def _tokens(text: str) -> list[_Token]:
    """Cut a text up, without blanks and comments; an empty token ends it."""
    tokens, line = [], 1
    for match in _TOKEN.finditer(text):
        kind, found = str(match.lastgroup), match.group()
        if kind != "skip":
            tokens.append(_Token(kind, found, line))
        line += found.count("\n")
    return [*tokens, _Token("end", "", line)]


def _bare(token: _Token) -> str:
    if token.kind != "string":
        return token.text
    return str(tomllib.loads(f"v = {token.text}")["v"]) if "\\" in token.text else token.text[1:-1]
