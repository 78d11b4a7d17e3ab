"""What is wrong just now, by its kind, and what happened that a person should know of."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final, Literal

Kind = Literal["cluster", "topics", "positions", "store", "decoder", "registry", "groups"]
_ORDER: Final[tuple[Kind, ...]] = ("cluster", "positions", "store", "decoder", "registry", "topics", "groups")
_MILD: Final = frozenset({"groups"})  # nothing that we read is touched by it
_TOPICS: Final = 5  # whose dialects are told
_log: Final = logging.getLogger("sagascope.kafka")


class Health:
    """Troubles come and go; the last notice stays. Each change is logged once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._troubles: dict[Kind, str] = {}
        self.notice = ""
        self._dialects: dict[str, str] = {}

    def trouble(self, kind: Kind, text: str) -> None:
        """Say what is wrong and what happens next."""
        if self._troubles.get(kind) != text:
            _log.warning("trouble begins", extra={"collector": self._name, "what": kind, "why": text})
        self._troubles[kind] = text

    def well(self, kind: Kind) -> None:
        """Say that this is not wrong, or no more."""
        if self._troubles.pop(kind, None) is not None:
            _log.info("trouble ends", extra={"collector": self._name, "what": kind})

    def note(self, text: str) -> None:
        """Keep something that happened and is over."""
        _log.warning("notice", extra={"collector": self._name, "what": text})
        self.notice = text

    def reads(self, dialects: Mapping[str, str]) -> None:
        """Keep which dialects the last messages of each topic had."""
        self._dialects.update(dialects)

    @property
    def is_troubled(self) -> bool:
        """Whether anything is wrong with what we read."""
        return bool(self._troubles.keys() - _MILD)

    def detail(self) -> str:
        """Give one line: the troubles, the gravest first, else the last notice and what is read."""
        troubles = [self._troubles[kind] for kind in _ORDER if kind in self._troubles]
        return "; ".join(troubles or filter(None, (self.notice, self._read())))

    def _read(self) -> str:
        """Say which dialects were recognised, of so many topics that it stays one line."""
        told = [f"{topic} {self._dialects[topic]}" for topic in sorted(self._dialects)]
        more = [f"{len(told) - _TOPICS} more topics"] if len(told) > _TOPICS else []
        return f"dialects: {'; '.join([*told[:_TOPICS], *more])}" if told else ""
