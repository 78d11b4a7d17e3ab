"""Which alert a stuck transaction belongs to; costs what the few alerts cost that go on, whatever is stuck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from tracer.model.text import clean
from tracer.store.session import Session
from tracer.views.alerts import AlertMark

_MAX_LABEL: Final = 200
_BY: Final = ("saga", "step", "owner", "kind")
_STATES: Final = ("firing", "pending")
_SEVERITIES: Final = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True)
class _Marked:
    labels: dict[str, str]
    mark: AlertMark


class Marks:
    """The alerts on stuck transactions that go on now; firing ones first, the most severe first."""

    def __init__(self, marked: Sequence[_Marked]) -> None:
        self._marked = marked

    def of(self, *, saga: str | None, step: str | None, owner: str | None, kind: str | None) -> AlertMark | None:
        """Give the alert of a transaction that is stuck there; None where there is none.

        Every label that the alert has of these must be the transaction's; of several such alerts the one counts that
        says most, an incident before a whole saga.
        """
        place = {"saga": saga, "step": step, "owner": owner, "kind": kind}
        shown = {name: clean(value, _MAX_LABEL) for name, value in place.items() if value}
        fitting = [one for one in self._marked if all(shown.get(name) == text for name, text in one.labels.items())]
        return max(fitting, key=lambda one: len(one.labels)).mark if fitting else None


def alert_marks(session: Session) -> Marks:
    """Read which alerts go on; one small question, whatever is stuck."""
    bodies = [_decode(body) for (body,) in session.rows("alert_stuck_open")]
    bodies.sort(key=lambda one: (_STATES.index(one["state"]), _SEVERITIES.index(one["severity"])))
    return Marks([_marked(one) for one in bodies])


def _marked(body: dict[str, Any]) -> _Marked:
    person = body.get("acknowledged")
    labels = {name: body["labels"][name] for name in _BY if name in body["labels"]}
    mark = AlertMark(id=body["id"], state=body["state"], acknowledged_by=person["by"] if person else None)
    return _Marked(labels, mark)


def _decode(body: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(body)
    return found
