"""Alerts for the terminal's tests, as of one bad night, and a fake desk that takes down what people do."""

from dataclasses import replace

from tests.unit.tui.samples import NOW, ago
from tracer.errors import NotFound, UsageError
from tracer.views import (
    Acknowledgement,
    AlertChange,
    AlertHistory,
    AlertList,
    AlertView,
    Delivery,
    DeliveryList,
    RuleList,
    RuleView,
    Silence,
    SilenceList,
)


def alert(number=1, state="firing", *, since_s=900.0, **fields):
    """Give an alert of the bad night."""
    values = {
        "rule": "transactions-stuck", "severity": "warning",
        "summary": "12 transactions of order-fulfilment were lost on the way to inventory",
        "labels": {"saga": "order-fulfilment", "step": "reserve-inventory"},
        "annotations": {"runbook": "https://wiki.example/inventory"}, "incident": f"inc{number}", "transactions": 12,
        "peak": 14, "value": 12.0, "examples": ("order-1042", "order-1107"), "action": "resume at reserve-inventory",
        "command": "curl -fsS -X POST http://inventory/resume/order-1042",
        "open_command": "sagascope tui --open order-1042", "link": None, "since": ago(since_s),
        "pending_at": ago(since_s - 1), "fired_at": None if state == "pending" else ago(since_s - 2),
        "resolved_at": ago(30.0) if state == "resolved" else None, "notified_at": ago(since_s - 2),
        "repeat_at": ago(-3_600.0), "acknowledged": None,
    }  # fmt: skip
    return AlertView(id=f"alert-{number}", state=state, **{**values, **fields})


def delivery(number=1, state="delivered", **fields):
    """Give a notice that went to somebody, or did not."""
    values = {
        "alert": "alert-1", "rule": "transactions-stuck", "notifier": "pager", "kind": "firing", "tries": 1,
        "error": None, "created": ago(600.0 - number), "due": None, "delivered": ago(599.0 - number),
    }  # fmt: skip
    return Delivery(id=f"notice-{number}", state=state, **{**values, **fields})


def silence(number=1, **fields):
    """Give a silence that holds."""
    values = {
        "matchers": ("saga=money-transfer",), "by": "kim", "reason": "ledger is being moved", "starts": ago(600.0),
        "ends": ago(-3_000.0),
    }  # fmt: skip
    return Silence(id=f"silence-{number}", **{**values, **fields})


class FakeDesk:
    """Knows these alerts, and takes down what people do; `refusal` is raised instead."""

    def __init__(self):
        self.fired = []
        self.held = []
        self.told = []
        self.rule_troubles = ()
        self.refusal = None
        self.takers = []

    def alerts(self, query):
        """Give the alerts of the states that are asked for."""
        kept = tuple(one for one in self.fired if not query.state or one.state in query.state)
        counts = {state: sum(one.state == state for one in self.fired) for state in ("firing", "pending")}
        return AlertList(alerts=kept, troubles=self.rule_troubles, as_of=NOW, **counts)

    def alert(self, alert_id):
        """Give one alert."""
        for one in self.fired:
            if one.id == alert_id:
                return one
        raise NotFound(f"no alert {alert_id}")

    def rules(self):
        """Give two rules, of which one fails."""
        one = RuleView(name="transactions-stuck", when="stuck", severity="warning", about="transactions are stuck",
                       default=True, notify=(), pending=0, firing=2)  # fmt: skip
        two = RuleView(name="refunds", when="sql", severity="critical", about="rows of a query", default=False,
                       notify=("pager",), pending=0, firing=0, trouble="no such column: amount")  # fmt: skip
        return RuleList(rules=(one, two), notifiers={"pager": "failing: 401 wrong key"}, as_of=NOW)

    def silences(self):
        """Give the silences."""
        return SilenceList(silences=tuple(self.held), as_of=NOW)

    def deliveries(self, *, alert=None, notifier=(), state=(), limit=100):
        """Give the notices of these states."""
        those = [one for one in self.told if alert in {None, one.alert}]
        kept = [
            one for one in those if (not state or one.state in state) and (not notifier or one.notifier in notifier)
        ]
        waiting, failed = (sum(one.state == state for one in self.told) for state in ("waiting", "failed"))
        return DeliveryList(deliveries=tuple(kept[:limit]), waiting=waiting, failed=failed, as_of=NOW)

    def alert_history(self, *, subject=None, limit=100):
        """Give what became of an alert."""
        change = AlertChange(at=ago(898.0), subject=subject or "", what="firing", by=None, detail="12 transactions")
        return AlertHistory(changes=(change,)[:limit], as_of=NOW)

    def try_rule(self, name, query):
        """Refuse: the terminal tries no rule."""
        raise UsageError(f"{name} {query}")

    def test_notifier(self, name):
        """Refuse: the terminal tries no notifier."""
        raise UsageError(name)

    def acknowledge(self, alert_id, *, by, note=""):
        """Take down that somebody is on it."""
        return self._changed(alert_id, Acknowledgement(by=by, at=NOW, note=note))

    def unacknowledge(self, alert_id, *, by):
        """Take down that nobody is."""
        self.takers.append(by)
        return self._changed(alert_id, None)

    def _changed(self, alert_id, acknowledged):
        if self.refusal:
            raise self.refusal
        found = replace(self.alert(alert_id), acknowledged=acknowledged)
        self.fired = [found if one.id == alert_id else one for one in self.fired]
        return found

    def silence(self, matchers, *, by, reason, ends, starts=None):
        """Take down a silence."""
        if self.refusal:
            raise self.refusal
        made = silence(
            len(self.held) + 1, matchers=tuple(matchers), by=by, reason=reason, starts=starts or NOW, ends=ends
        )
        self.held.append(made)
        return made

    def end_silence(self, silence_id, *, by):
        """End one."""
        ended = next(replace(one, ends=NOW, ended_by=by) for one in self.held if one.id == silence_id)
        self.held = [ended if one.id == silence_id else one for one in self.held]
        return ended


def fill(desk):
    """Let a reader tell of a night of alerts."""
    desk.fired = [
        alert(2, severity="critical", rule="compensation-failed", since_s=4_000.0,
              summary="a compensation failed at refund-card", labels={"step": "refund-card"},
              examples=("order-1093",), command=None, transactions=1, peak=1),
        alert(1),
        alert(3, acknowledged=Acknowledgement(by="kim", at=ago(300.0), note="the vendor is on it"),
              summary="3 transactions of money-transfer retry at credit-account", transactions=3, peak=3),
        alert(4, "pending", rule="collector-down", severity="warning", summary="collector kafka is degraded",
              examples=(), command=None, open_command=None, transactions=0, peak=0),
        alert(5, "resolved", summary="2 transactions of order-fulfilment were stuck at ship", transactions=0, peak=2),
    ]  # fmt: skip
    desk.held = [silence()]
    desk.told = [
        delivery(1),
        delivery(2, "failed", alert="alert-2", tries=7, delivered=None, error="401 Unauthorized: wrong key"),
    ]
    desk.rule_troubles = ("refunds: no such column: amount",)
    return desk
