"""Keeps what the store knows of the declared sagas as the files have it, while the sidecar runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Hashable, Sequence
from typing import Final

from tracer.app.plan import Plan, definitions_folder
from tracer.app.templates import doubts
from tracer.config.definitions import Definitions, fingerprint, read_definitions
from tracer.errors import ConfigError, SagascopeError
from tracer.model.sagas import DeclaredSaga

LOOK_EVERY_S: Final = 2.0

_log = logging.getLogger("sagascope.sagas")


class DefinitionFiles:
    """Looks at the files every now and then, and hands over what has changed.

    `declare` takes all definitions and says which sagas have changed. A file that is wrong leaves the definitions as
    they were; `trouble` then says what is wrong with it.
    """

    def __init__(self, plan: Plan, declare: Callable[[Sequence[DeclaredSaga]], Sequence[str]]) -> None:
        self._files = plan.settings.sagas.files
        self._folder = definitions_folder(plan.source)
        self._first = plan.sagas
        self._declare = declare
        self._seen: Hashable = None
        self._trouble: str | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Declare what the plan has read, and begin to look. Raises StoreError where the store cannot keep it."""
        self._seen = await asyncio.to_thread(fingerprint, self._files, self._folder)
        await asyncio.to_thread(self._declare, self._first)
        if self._files:
            self._task = asyncio.create_task(self._look(), name="saga definitions")

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def trouble(self) -> str | None:
        """Say what is wrong with the files as they are; None where nothing is."""
        return self._trouble

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await asyncio.to_thread(self._take)

    def _take(self) -> None:
        """Take in the files where they have changed, or where they could not be taken in the last time."""
        seen = fingerprint(self._files, self._folder)
        if seen == self._seen:
            return
        try:
            definitions = read_definitions(self._files, base=self._folder)
            changed = self._declare(definitions.sagas)
        except ConfigError as wrong:
            self._seen = seen  # it stays wrong until somebody writes it anew
            self._tell(f"saga definitions stay as they were: {wrong}")
        except SagascopeError as failed:
            self._tell(f"saga definitions could not be kept: {failed}")
        else:
            self._seen = seen
            self._told(definitions, changed)

    def _tell(self, trouble: str) -> None:
        if trouble != self._trouble:
            _log.warning("definitions not taken in", extra={"error": trouble})
        self._trouble = trouble

    def _told(self, definitions: Definitions, changed: Sequence[str]) -> None:
        self._trouble = None
        for warning in (*definitions.warnings, *doubts(definitions.sagas)):
            _log.warning("definition is doubtful", extra={"warning": warning})
        _log.info("definitions taken in", extra={"sagas": len(definitions.sagas), "changed": ", ".join(changed)})
