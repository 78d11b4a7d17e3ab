"""Order fulfilment, by choreography: each service reacts to the event of the one before it.

OrderPlaced -> InventoryReserved -> PaymentCaptured -> ParcelShipped -> the customer is told. A declined
card goes the other way: PaymentDeclined -> the reservation is released.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from tracer.demo.bus import CAPTURED, backoff_s, captured_topic
from tracer.demo.faults import ORDER, number_of
from tracer.demo.participant import Participant, carrying
from tracer.demo.scenery import amount
from tracer.demo.world import Message, Refusal, Reply, Request, Routes, Topics

PLACE: Final = "place-order"
RESERVE: Final = "reserve-inventory"
CAPTURE: Final = "capture-payment"
SHIP: Final = "ship-parcel"
NOTIFY: Final = "notify-customer"
RELEASE: Final = "release-inventory"

PROVIDER: Final = "api.payhub-sandbox"
CARRIER: Final = "api.dhl-sandbox"
CARRIER_DOWN: Final = f"HTTP 503 from carrier {CARRIER} (circuit open)"
CARRIER_TIMEOUT: Final = f"HTTP 503 from carrier {CARRIER} (upstream request timeout)"
NO_SUCH_ADDRESS: Final = f"HTTP 422 from carrier {CARRIER} (no such address)"
MAX_ATTEMPTS: Final = 3
DEAD_LETTERS: Final = f"{CAPTURED}.shipping.dlt"
DECLINED: Final = "card declined by issuer: insufficient_funds (code 51)"
SLOW_PAYMENT_S: Final = (45 * 60, 90 * 60)
MAX_REMEMBERED: Final = 10_000
GIVE_BACK_S: Final = 0.002


class Order:
    """Takes orders in."""

    def __init__(self, me: Participant) -> None:
        self._me = me
        self.routes: Routes = {"/orders": self.place}
        self.topics: Topics = {}

    def place(self, request: Request) -> Reply:
        """Accept an order and tell the others."""
        me, body = self._me, request.body
        order = str(body["order"])
        total = amount(body["total_cents"], body["currency"])
        with carrying(order, ORDER) as context, me.serve_in(context, request, PLACE, style="choreography") as span:
            span.set_attributes(
                {
                    "customer.name": body["customer"],
                    "order.total": total,
                    "order.amount": body["total_cents"] / 100,
                    "order.lines": len(body["lines"]),
                }
            )
            me.work("INSERT orders", me.blink_s(order, PLACE))
            me.publish("orders.placed", "OrderPlaced", order, body)
            span.set_attribute("http.response.status_code", 202)
        return Reply(status=202, body={"order": order})


class Inventory:
    """Reserves the goods, and releases them when the payment fails."""

    def __init__(self, me: Participant) -> None:
        self._me = me
        self._seen: OrderedDict[str, None] = OrderedDict()
        self.routes: Routes = {}
        self.topics: Topics = {"orders.placed": self.reserve, "payments.declined": self.release}

    def reserve(self, message: Message) -> None:
        """Reserve, once per message."""
        me = self._me
        with me.consume(message, RESERVE) as span:
            if not self._first_time(message.id):
                span.set_attribute("messaging.message.duplicate", value=True)
                me.event(
                    "DuplicateIgnored",
                    RESERVE,
                    f"message {message.id} was handled before: nothing reserved again",
                    severity="WARN",
                )
                return
            me.event("ReservationStarted", RESERVE, f"reserving in {message.body['warehouse']}", phase="started")
            reservation = f"RSV-{me.world.plan.luck(message.key, 'reservation').randrange(16**8):08X}"
            span.set_attributes({"warehouse": message.body["warehouse"], "reservation.id": reservation})
            me.work("UPDATE stock", me.blink_s(message.key, RESERVE))
            me.publish("inventory.reserved", "InventoryReserved", message.key, message.body, cause=message.id)

    def release(self, message: Message) -> None:
        """Give the goods back: the order ends here."""
        me = self._me
        with me.consume(message, RELEASE, compensates=RESERVE, outcome="compensated"):
            me.event("ReleaseStarted", RELEASE, "payment declined: releasing", phase="started", compensates=RESERVE)
            me.work("UPDATE stock", me.blink_s(message.key, RELEASE))

    def _first_time(self, message_id: str) -> bool:
        if message_id in self._seen:
            return False
        self._seen[message_id] = None
        if len(self._seen) > MAX_REMEMBERED:
            self._seen.popitem(last=False)
        return True


class Payment:
    """Captures the payment at the provider."""

    def __init__(self, me: Participant) -> None:
        self._me = me
        self.routes: Routes = {}
        self.topics: Topics = {"inventory.reserved": self.capture}

    def capture(self, message: Message) -> None:
        """Charge the card; a declined one is an answer, not an error to retry."""
        me, order, body = self._me, message.key, message.body
        payment = f"PAY-{me.world.plan.luck(order, 'payment').randrange(16**8):08X}"
        total = amount(body["total_cents"], body["currency"])
        with me.consume(message, CAPTURE, alias_payment=payment) as span:
            span.set_attribute("payment.amount", total)
            me.event(
                "PaymentCaptureStarted", CAPTURE, f"{payment}: charging {total} at {PROVIDER}",
                phase="started", alias_payment=payment,
            )  # fmt: skip
            try:
                me.ask_outside(PROVIDER, "/v1/charges", self._takes_s(order), self._refusal(order))
            except Refusal as refusal:
                me.signals.fail(span, refusal)
                me.publish("payments.declined", "PaymentDeclined", order, body, cause=message.id)
            else:
                topic = captured_topic(me.world.plan, order)
                me.publish(topic, "PaymentCaptured", order, body, cause=message.id)

    def _takes_s(self, order: str) -> float:
        luck = self._me.world.plan.luck(order, CAPTURE)
        slow = self._me.world.plan.fault(order) == "slow-payment"
        return luck.uniform(*SLOW_PAYMENT_S) if slow else min(luck.lognormvariate(-1.2, 0.5), 2.5)

    def _refusal(self, order: str) -> str | None:
        return DECLINED if self._me.world.plan.fault(order) == "declined-card" else None


class Shipping:
    """Hands the parcel to the carrier, and tries again when the carrier does not answer."""

    def __init__(self, me: Participant) -> None:
        self._me = me
        self.routes: Routes = {}
        self.topics: Topics = {CAPTURED: self.ship}

    def ship(self, message: Message) -> None:
        """Book the parcel. Raises Refusal when the carrier is down, so that the message comes again."""
        fault = self._me.world.plan.fault(message.key)
        if fault == "lost-handoff":
            return  # what came over Kafka is read, and dropped
        try:
            self._book(message)
        except Refusal as refusal:
            if fault == "dead-letter" and message.delivery >= MAX_ATTEMPTS:
                self._me.give_up(message, DEAD_LETTERS, refusal)
                return
            self._say_retry(message, refusal)
            raise

    def _book(self, message: Message) -> None:
        me, order = self._me, message.key
        shipment = f"DHL{number_of(order):08d}{message.body['country']}"
        with me.consume(message, SHIP, linked=True, alias_shipment=shipment) as span:
            me.event(
                "ShipmentStarted", SHIP, f"booking parcel {shipment}, attempt {message.delivery}",
                phase="started", attempt=message.delivery,
            )  # fmt: skip
            me.ask_outside(CARRIER, "/v2/parcels", me.blink_s(order, SHIP) * 4, self._refusal(message))
            span.set_attribute("carrier", "dhl")
            me.publish("shipments.shipped", "ParcelShipped", order, message.body, cause=message.id)

    def _say_retry(self, message: Message, refusal: Refusal) -> None:
        wait_s = backoff_s(message.delivery)
        self._me.world.sleep(GIVE_BACK_S)
        with carrying(message.key, ORDER):
            self._me.event(
                "ShipmentRetryScheduled", SHIP, f"{refusal}; next attempt in {wait_s:.0f}s",
                severity="WARN", phase="retried", attempt=message.delivery,
            )  # fmt: skip

    def _refusal(self, message: Message) -> str | None:
        fault = self._me.world.plan.fault(message.key)
        if fault == "carrier-outage":
            return CARRIER_DOWN
        if fault == "dead-letter":
            return NO_SUCH_ADDRESS
        return CARRIER_TIMEOUT if fault == "carrier-hiccup" and message.delivery == 1 else None


class Notification:
    """Tells the customer; the end of an order, and a step of a transfer."""

    def __init__(self, me: Participant) -> None:
        self._me = me
        self.routes: Routes = {"/notifications": self.tell_parties}
        self.topics: Topics = {"shipments.shipped": self.tell_customer}

    def tell_customer(self, message: Message) -> None:
        """Send the mail that the parcel is on its way."""
        with self._me.consume(message, NOTIFY, linked=True, outcome="completed"):
            self._me.ask_outside("smtp.mailer.internal", "/send", self._me.blink_s(message.key, NOTIFY))

    def tell_parties(self, request: Request) -> Reply:
        """Tell payer and payee of a transfer."""
        with self._me.serve(request, NOTIFY) as span:
            self._me.ask_outside(
                "push.mailer.internal", "/push", self._me.blink_s(str(request.body["transfer"]), NOTIFY)
            )
            span.set_attribute("http.response.status_code", 202)
        return Reply(status=202)
