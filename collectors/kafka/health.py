"""What is wrong just now, by its kind, and what happened that a person should know of."""

from __future__ import annotations

import logging
from typing import Final, Literal

Kind = Literal["cluster", "topics", "positions", "store", "decoder", "registry", "groups"]
_ORDER: Final[tuple[Kind, ...]] = ("cluster", "positions", "store", "decoder", "registry", "topics", "groups")
_MILD: Final = frozenset({"groups"})  # nothing that we read is touched by it
_log: Final = logging.getLogger("sagascope.kafka")


class Health:
    """Troubles come and go; the last notice stays. Each change is logged once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._troubles: dict[Kind, str] = {}
        self.notice = ""

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

    @property
    def is_troubled(self) -> bool:
        """Whether anything is wrong with what we read."""
        return bool(self._troubles.keys() - _MILD)

    def detail(self) -> str:
        """Give one line: the troubles, the gravest first, else the last notice."""
        troubles = [self._troubles[kind] for kind in _ORDER if kind in self._troubles]
        return "; ".join(troubles) if troubles else self.notice
