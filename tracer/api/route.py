"""What a route is, and what those who answer it answer from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from aiohttp import web

from tracer.api.exchange import Imports
from tracer.api.parameters import Parameter, check_known
from tracer.api.pool import QueryPool
from tracer.api.ports import Alerts, Answers, Intake, Notifiers, Replays, Sidecar, Trials
from tracer.api.stream import Changes
from tracer.config.settings import ApiSettings

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the handlers answer from."""

    answers: Answers
    sidecar: Sidecar
    settings: ApiSettings
    pool: QueryPool
    changes: Changes
    intake: Intake | None = None
    replays: Replays | None = None
    alerts: Alerts | None = None
    trials: Trials | None = None
    notifiers: Notifiers | None = None
    imports: Imports = field(default_factory=Imports)

    def figures(self) -> Mapping[str, float]:
        """Give what the API measures of itself."""
        waiting = {"queued_questions": self.pool.taken, "open_streams": self.changes.listeners}
        imports = self.imports
        imported = {"import_stored": imports.records_stored, "import_absorbed": imports.duplicates_absorbed}
        return {"questions_refused": self.pool.refused, **waiting, "open_imports": imports.inflight, **imported}


CONTEXT: Final = web.AppKey("context", Context)
Answer = Callable[[web.Request, Context], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One thing that can be asked. `shape` is what a JSON answer holds; `contents` the content types."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    about: str
    answer: Answer
    shape: Any = None
    contents: tuple[str, ...] = (JSON,)
    parameters: tuple[Parameter, ...] = ()
    body: Any = None
    takes: str = JSON

    @property
    def pattern(self) -> str:
        """The path as aiohttp matches it: an id or a name may hold anything, slashes and line ends too."""
        return self.path.replace("{id}", "{id:(?s:.+)}").replace("{name}", "{name:(?s:.+)}")

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Check the query parameters, then answer."""
        check_known(request.query, self.parameters)
        return await self.answer(request, request.app[CONTEXT])
