"""The questions about alerts, and what people do to them, asked of a sidecar over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from tracer.client.wire import T, Wire
from tracer.views import (
    AlertHistory,
    AlertList,
    AlertQuery,
    AlertView,
    DeliveryList,
    DeliveryState,
    NotifierTest,
    RuleList,
    RuleTest,
    Silence,
    SilenceList,
    TrialQuery,
)

DEFAULT_ALERT_ROWS: Final = 100
_TRIAL_WAIT_S: Final = 70.0
_SEND_WAIT_S: Final = 65.0


class AlertClient(Wire):
    """What a client asks of alerts; implements `tracer.client.ports.AlertReader` and `AlertDesk`."""

    def alerts(self, query: AlertQuery) -> AlertList:
        """Give the alerts, firing ones first."""
        filters = [(name, one) for name in ("rule", "state", "severity") for one in getattr(query, name)]
        return self._get(f"/v1/alerts?{urlencode([*filters, ('limit', str(query.limit))])}", AlertList)

    def alert(self, alert_id: str) -> AlertView:
        """Give one alert. Raises NotFound."""
        return self._get(f"/v1/alerts/{_in_path(alert_id)}", AlertView)

    def rules(self) -> RuleList:
        """Give the rules that run, and how it goes with the notifiers."""
        return self._get("/v1/rules", RuleList)

    def silences(self) -> SilenceList:
        """Give the silences, those that hold now first."""
        return self._get("/v1/silences", SilenceList)

    def deliveries(
        self,
        *,
        alert: str | None = None,
        notifier: Sequence[str] = (),
        state: Sequence[DeliveryState] = (),
        limit: int = DEFAULT_ALERT_ROWS,
    ) -> DeliveryList:
        """Give what was told to whom, and what came of it, the latest first."""
        of = [] if alert is None else [("alert", alert)]
        filters = [*of, *(("notifier", one) for one in notifier), *(("state", one) for one in state)]
        return self._get(f"/v1/deliveries?{urlencode([*filters, ('limit', str(limit))])}", DeliveryList)

    def alert_history(self, *, subject: str | None = None, limit: int = DEFAULT_ALERT_ROWS) -> AlertHistory:
        """Give the audit trail, of one alert or silence or of all, the latest first."""
        of = {} if subject is None else {"subject": subject}
        return self._get(f"/v1/alert-history?{urlencode({**of, 'limit': limit})}", AlertHistory)

    def acknowledge(self, alert_id: str, *, by: str, note: str = "") -> AlertView:
        """Say that somebody is on it. Raises NotFound, and UsageError where it is over."""
        return self._do("POST", f"/v1/alerts/{_in_path(alert_id)}/acknowledge", AlertView, by=by, note=note)

    def unacknowledge(self, alert_id: str, *, by: str) -> AlertView:
        """Take an acknowledgement back. Raises NotFound, UsageError."""
        return self._do("DELETE", f"/v1/alerts/{_in_path(alert_id)}/acknowledge", AlertView, by=by)

    def silence(
        self, matchers: Sequence[str], *, by: str, reason: str, ends: datetime, starts: datetime | None = None
    ) -> Silence:
        """Make a silence. Raises UsageError for matchers or times that are none."""
        asked: dict[str, Any] = {"matchers": list(matchers), "by": by, "reason": reason, "ends": ends, "starts": starts}
        return self._do("POST", "/v1/silences", Silence, **asked)

    def end_silence(self, silence_id: str, *, by: str) -> Silence:
        """End a silence now. Raises NotFound, UsageError."""
        return self._do("DELETE", f"/v1/silences/{_in_path(silence_id)}", Silence, by=by)

    def try_rule(self, name: str, query: TrialQuery) -> RuleTest:
        """Say when a rule would have fired. Raises NotFound, and UsageError for what history cannot tell."""
        asked: dict[str, Any] = {"at": query.at, "since": query.since, "until": query.until, "every_s": query.every_s}
        return self._do("POST", f"/v1/rules/{_in_path(name)}/test", RuleTest, wait_s=_TRIAL_WAIT_S, **asked)

    def test_notifier(self, name: str) -> NotifierTest:
        """Send a test notice to one notifier now. Raises NotFound with the nearest names."""
        return self._do("POST", f"/v1/notifiers/{_in_path(name)}/test", NotifierTest, wait_s=_SEND_WAIT_S)

    def _do(self, method: str, path: str, shape: type[T], *, wait_s: float = 0.0, **asked: Any) -> T:
        return self._decode(self._ask(method, path, msgspec.json.encode(asked), wait_s=wait_s).body, shape)


def _in_path(text: str) -> str:
    return quote(text, safe="")
