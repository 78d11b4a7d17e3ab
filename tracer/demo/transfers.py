"""A money transfer, by orchestration: the transfer service calls the others, and undoes what must be undone.

debit the payer -> check for fraud -> credit the payee -> tell both -> close. When the credit is refused,
the debit is refunded and the transfer closes compensated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from opentelemetry.context import Context
from opentelemetry.trace import SpanKind

from tracer.demo.faults import TRANSFER
from tracer.demo.participant import Participant, carrying
from tracer.demo.scenery import amount
from tracer.demo.world import Crashed, Refusal, Reply, Request, Routes, Topics

ACCEPT: Final = "accept-transfer"
DEBIT: Final = "debit-account"
CHECK: Final = "check-fraud"
CREDIT: Final = "credit-account"
CLOSE: Final = "close-transfer"
REFUND: Final = "refund-debit"


class Transfer:
    """The coordinator."""

    def __init__(self, me: Participant) -> None:
        self._me = me
        self.routes: Routes = {"/transfers": self.accept}
        self.topics: Topics = {}

    def accept(self, request: Request) -> Reply:
        """Accept a transfer; the saga runs after the answer."""
        me, body = self._me, request.body
        transfer = str(body["transfer"])
        with (
            carrying(transfer, TRANSFER) as context,
            me.serve_in(context, request, ACCEPT, style="orchestration") as span,
        ):
            span.set_attributes(
                {
                    "payer.name": body["payer"],
                    "transfer.amount": amount(body["amount_cents"], body["currency"]),
                    "transfer.value": body["amount_cents"] / 100,
                }
            )
            me.work("INSERT transfers", me.blink_s(transfer, ACCEPT))
            me.world.later(lambda: self._run(transfer, body))
            span.set_attribute("http.response.status_code", 202)
        return Reply(status=202, body={"transfer": transfer})

    def _run(self, transfer: str, body: Mapping[str, Any]) -> None:
        try:
            self._me.call("account", "/debits", body)
            self._check_fraud(body)
            self._credit(transfer, body)
        except Refusal as refusal:
            self._me.event("TransferAbandoned", ACCEPT, f"{refusal}; nobody goes on with it", severity="ERROR")

    def _credit(self, transfer: str, body: Mapping[str, Any]) -> None:
        try:
            self._me.call("ledger", "/entries", body)
        except Refusal as refusal:
            self._undo(transfer, body, refusal)
        else:
            self._me.call("notification", "/notifications", body)
            self._close(transfer, "completed")

    def _check_fraud(self, body: Mapping[str, Any]) -> None:
        # fraud-check says nothing that joins, so the coordinator speaks for it.
        me = self._me
        me.event("FraudCheckRequested", CHECK, "waiting for a score", phase="started", owner="fraud-check")
        me.call("fraud-check", "/checks", body, step=CHECK, owner="fraud-check")

    def _undo(self, transfer: str, body: Mapping[str, Any], refusal: Refusal) -> None:
        me = self._me
        me.event("CompensationDecided", CREDIT, f"{refusal}; refunding the debit", severity="WARN", owner="ledger")
        try:
            me.call("account", "/refunds", body)
        except Refusal as lost:
            detail = f"{lost}; left to manual reconciliation"
            me.event("RefundUnconfirmed", REFUND, detail, severity="ERROR", owner="account", compensates=DEBIT)
        else:
            self._close(transfer, "compensated")

    def _close(self, transfer: str, outcome: str) -> None:
        me = self._me
        attributes = {"saga.step": CLOSE, "saga.outcome": outcome}
        with me.signals.span("close transfer", SpanKind.INTERNAL, attributes):
            me.work("UPDATE transfers", me.blink_s(transfer, CLOSE))


class Account:
    """Holds the payers' accounts."""

    def __init__(self, me: Participant) -> None:
        self._me = me
        self.routes: Routes = {"/debits": self.debit, "/refunds": self.refund}
        self.topics: Topics = {}

    def debit(self, request: Request) -> Reply:
        """Take the money from the payer."""
        me, body = self._me, request.body
        transfer = str(body["transfer"])
        total = amount(body["amount_cents"], body["currency"])
        debit = f"DBT-{me.world.plan.luck(transfer, 'debit').randrange(10**8):08d}"
        with me.serve(request, DEBIT, alias_debit=debit) as span:
            me.event("DebitStarted", DEBIT, f"{debit}: {total} from {body['payer']}", phase="started")
            me.work("UPDATE accounts", me.blink_s(transfer, DEBIT))
            span.set_attribute("http.response.status_code", 201)
        return Reply(status=201, body={"debit": debit})

    def refund(self, request: Request) -> Reply:
        """Give it back; for some, the process dies halfway."""
        me = self._me
        transfer = str(request.body["transfer"])
        with me.serve(request, REFUND, compensates=DEBIT) as span:
            me.event("RefundStarted", REFUND, "refunding the payer", phase="started", compensates=DEBIT)
            me.work("SELECT accounts FOR UPDATE", me.blink_s(transfer, REFUND))
            if me.world.plan.fault(transfer) == "half-refund":
                raise Crashed
            me.work("UPDATE accounts", me.blink_s(transfer, REFUND))
            span.set_attribute("http.response.status_code", 201)
        return Reply(status=201)


class Ledger:
    """Books the credit to the payee."""

    def __init__(self, me: Participant) -> None:
        self._me = me
        self.routes: Routes = {"/entries": self.credit}
        self.topics: Topics = {}

    def credit(self, request: Request) -> Reply:
        """Book it, unless the payee's account is closed."""
        me = self._me
        transfer = str(request.body["transfer"])
        with me.serve(request, CREDIT) as span:
            me.work("INSERT entries", me.blink_s(transfer, CREDIT) * 2)
            if me.world.plan.fault(transfer) not in ("closed-account", "half-refund"):
                span.set_attribute("http.response.status_code", 201)
                return Reply(status=201)
            span.set_attribute("http.response.status_code", 422)
            closed = Refusal(f"beneficiary account {request.body['to_account']} is closed")
            me.signals.fail(span, closed)
            return Reply(status=422, body={"detail": str(closed)})


class FraudCheck:
    """An old service: it traces itself, but neither takes up nor passes on anybody's context."""

    def __init__(self, me: Participant) -> None:
        self._me = me
        self.routes: Routes = {"/checks": self.check}
        self.topics: Topics = {}

    def check(self, request: Request) -> Reply:
        """Score a transfer."""
        me = self._me
        luck = me.world.plan.luck(str(request.body["transfer"]), CHECK)
        with me.serve_in(Context(), request) as span:
            me.work("SELECT watchlist", min(luck.lognormvariate(-2.2, 0.5), 0.8))
            score = round(luck.betavariate(1.2, 9.0), 3)
            span.set_attributes({"fraud.score": score, "http.response.status_code": 200})
        return Reply(status=200, body={"score": score})
