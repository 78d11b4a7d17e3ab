"""What the palette offers for what is typed: screens, flows of sagas, transactions by any id or alias. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from tui.format import shown
from tui.look import Look
from tui.themes import THEMES

MAX_CHOICES: Final = 15
MAX_IDS: Final = 4
MAX_TEXT: Final = 512
Kind = Literal["now", "list", "sagas", "alerts", "sources", "sql", "theme", "help", "quit", "flow", "open"]
_SCREENS: Final[tuple[tuple[Kind, str], ...]] = (
    ("now", "what is wrong now"), ("list", "all transactions; a filter may follow"),
    ("sagas", "the sagas; Enter shows the flow of one"), ("alerts", "what fires, and who is on it"),
    ("sources", "what takes data in, and what never joins"),
    ("sql", "SQL over records, transactions and steps"),
    ("theme", "the colours; a name follows"), ("help", "the keys of this screen"), ("quit", "quit"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Where to go; `value` is a saga, an id or alias, or a filter."""

    kind: Kind
    value: str = ""
    words: str = ""

    @property
    def line(self) -> str:
        """What a person would type for it."""
        return f"{self.kind} {self.value}".strip()


def choices(text: str, sagas: Iterable[str], ids: Iterable[str], without: Collection[Kind] = ()) -> tuple[Choice, ...]:
    """Give what is meant by a text, the likeliest first; any text may be the id or alias of a transaction.

    The kinds `without` are those that are not to be had here.
    """
    typed = text.strip().removeprefix(":").strip()[:MAX_TEXT]
    found = dict.fromkeys(each for each in _found(typed, tuple(sagas), tuple(ids)) if each.kind not in without)
    return tuple(found)[:MAX_CHOICES]


def _found(typed: str, sagas: tuple[str, ...], ids: tuple[str, ...]) -> Iterator[Choice]:
    command, _, rest = typed.partition(" ")
    rest = rest.strip()
    if command == "open" and rest:
        yield _open(rest)
        return
    if command == "flow" and rest:
        yield from _flows(rest, sagas)
        yield _flow(rest)
        return
    if command == "theme":
        yield from _themes(rest)
        return
    if command == "list" and rest:
        yield Choice(kind="list", value=rest, words="transactions that the filter lets through")
        return
    yield from _screens(typed)
    if typed:
        if typed in sagas:
            yield _flow(typed)
        yield _open(typed)
    like = (each for each in ids if each != typed and typed.casefold() in each.casefold())
    yield from map(_open, islice(like, MAX_IDS))
    yield from _flows("" if typed == "flow" else typed, sagas)


def _screens(typed: str) -> Iterator[Choice]:
    for kind, words in _SCREENS:
        if kind.startswith(typed.casefold()):
            yield Choice(kind=kind, words=words)


def _themes(typed: str) -> Iterator[Choice]:
    found = [each for each in THEMES.values() if each.name.startswith(typed.casefold())]
    for each in found:
        yield Choice(kind="theme", value=each.name, words=each.words)
    if not found:
        yield Choice(kind="theme", value=typed, words=f"no such theme; there are {', '.join(THEMES)}")


def _flows(typed: str, sagas: tuple[str, ...]) -> Iterator[Choice]:
    beginning = [saga for saga in sagas if saga.casefold().startswith(typed.casefold())]
    within = [saga for saga in sagas if typed.casefold() in saga.casefold()]
    yield from map(_flow, (*beginning, *within))


def _flow(saga: str) -> Choice:
    return Choice(kind="flow", value=saga, words="the flow of this saga")


def _open(identity: str) -> Choice:
    return Choice(kind="open", value=identity, words="a transaction (id or alias)")


def told_of(theme: str, look: Look) -> tuple[str, str]:
    """Say what came of choosing a theme, and the role to say it in."""
    if theme not in THEMES:
        wrong = f"; not {shown(theme)}" if theme else ""
        return f"themes are {', '.join(THEMES)}{wrong}", "warn" if wrong else "strong"
    if not look.colour:
        return "NO_COLOR is set, so nothing is drawn in colour", "warn"
    return f'theme {theme}; a line theme = "{theme}" in tui.toml keeps it', "strong"


def named(choice: Choice) -> str:
    """Give the choice as it is shown, safe to print."""
    return shown(choice.line)
