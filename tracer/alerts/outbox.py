"""The outbox in the store, as the deliverer empties it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

import msgspec

from tracer.alerts.alert import read_alert
from tracer.alerts.book import REFRESH_NS
from tracer.alerts.notice import Notice
from tracer.alerts.ports import Behind, Waiting
from tracer.clock import Clock
from tracer.store.alerting import due_notices
from tracer.store.store import Store
from tracer.views.alerts import NoticeKind

BEATS_NS: Final = 4 * REFRESH_NS  # a heartbeat that was not written for so long is none
_NOTICE: Final = msgspec.json.Decoder(Notice)


class StoreOutbox:
    """Implements `tracer.alerts.ports.Outbox`.

    It reads in the lane of its writes, so that no question of a person can keep a notice waiting.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def due(self, notifier: str, now_ns: int, most: int) -> Sequence[Waiting]:
        """Give what is to be sent now: of each alert the oldest that waits, if it is due; the oldest first."""
        rows = self._store.note(lambda session: due_notices(session, notifier, now_ns=now_ns, most=most))
        return [
            Waiting(
                notice=_NOTICE.decode(one.notice),
                tries=one.tries,
                created_ns=one.created_ns,
                behind=tuple(Behind(id=other, kind=cast("NoticeKind", kind)) for other, kind in one.behind),
            )
            for one in rows
        ]

    def next_due_ns(self, notifier: str) -> int | None:
        """Say when the next one is due; None where none waits."""
        due: int | None = self._store.note(lambda session: session.value("delivery_next_due", {"notifier": notifier}))
        return due

    def begun(self, ids: Sequence[str], now_ns: int) -> None:
        """Count a try of each."""
        self._store.note(lambda session: session.run("delivery_begun", {"ids": list(ids), "now": now_ns}))

    def delivered(self, id: str, now_ns: int) -> None:  # noqa: A002  the field's name
        """Note that the receiver took it."""
        self._store.note(lambda session: session.run("delivery_delivered", {"id": id, "now": now_ns}))

    def failed(self, id: str, now_ns: int, error: str, due_ns: int | None) -> None:  # noqa: A002  likewise
        """Note why it was not taken, and when it is due again."""
        del now_ns
        values = {"id": id, "error": error, "due": due_ns}
        self._store.note(lambda session: session.run("delivery_failed", values))

    def abandon(self, known: Sequence[str], error: str) -> None:
        """Give up what waits for others than these notifiers, with this error."""
        values = {"known": list(known), "error": error}
        self._store.note(lambda session: session.run("delivery_abandon", values))

    def firing(self, notifier: str) -> Sequence[Notice]:
        """Give the last notice of each alert that fires and that this notifier was told of.

        A heartbeat fires only while the watch ticks: one that was not found for a while is left out, and is missed.
        """
        now_ns = self._clock.now_ns()
        rows = self._store.note(lambda session: session.rows("delivery_firing", {"notifier": notifier}))
        return [_NOTICE.decode(notice) for notice, beat in rows if beat is None or _beats(beat, now_ns)]


def _beats(body: str, now_ns: int) -> bool:
    """Whether the watch has found this heartbeat lately; its alert is written at each REFRESH_NS at least."""
    return now_ns - read_alert(body).kept_ns <= BEATS_NS
