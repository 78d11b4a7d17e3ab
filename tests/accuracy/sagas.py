"""The sagas of the corpus: every style, every way to tell of it, every construct."""

from __future__ import annotations

from typing import Final

from tests.accuracy.shapes import Choice, Parallel, Saga, Step, Telemetry, Undo

MINUTE: Final = 60.0
HOUR: Final = 3600.0

ORDER: Final = Saga(
    name="order-fulfilment", prefix="ORD", ender="orders",
    telemetry=Telemetry(carrier="event", names_only=True),
    flow=(
        Step(name="place-order", owner="orders", median_s=0.05, done="OrderPlaced",
             undo=Undo(name="cancel-order", owner="orders", median_s=0.2, event="OrderCancelled")),
        Step(name="reserve-inventory", owner="inventory", median_s=0.8, fails=0.02, done="InventoryReserved",
             refused="InventoryRejected",
             undo=Undo(name="release-inventory", owner="inventory", event="InventoryReleased")),
        Step(name="capture-payment", owner="payments", median_s=2.5, sigma=0.7, fails=0.04, done="PaymentCaptured",
             refused="PaymentDeclined", undo=Undo(name="refund-payment", owner="payments", event="PaymentRefunded")),
        Step(name="pack-parcel", owner="warehouse", median_s=5 * MINUTE, sigma=0.4, fails=0.02, done="ParcelPacked",
             refused="ParcelDamaged"),
        Step(name="ship-parcel", owner="shipping", median_s=40.0, done="ParcelShipped"),
        Step(name="notify-customer", owner="notifications", median_s=1.0, done="CustomerNotified"),
    ),
)  # fmt: skip

RETURN: Final = Saga(
    name="parcel-return", prefix="RET", ender="returns",
    telemetry=Telemetry(carrier="event", end="outcome"),
    flow=(
        Step(name="register-return", owner="returns", median_s=0.1, undo=Undo(name="close-return", owner="returns")),
        Step(name="issue-label", owner="carrier-gateway", median_s=1.5, tries_again=0.04,
             undo=Undo(name="void-label", owner="carrier-gateway")),
        Step(name="inspect-goods", owner="warehouse", median_s=6 * MINUTE, fails=0.06),
        Choice(branches=(
            (0.7, (Step(name="refund-card", owner="payments", median_s=3.0, sigma=0.6),)),
            (0.3, (Step(name="issue-voucher", owner="vouchers", median_s=0.7),)),
        )),
        Step(name="update-stock", owner="inventory", median_s=0.9),
    ),
)  # fmt: skip

SIGNUP: Final = Saga(
    name="user-onboarding", prefix="USR", ender="accounts",
    telemetry=Telemetry(carrier="span"),
    flow=(
        Step(name="create-account", owner="accounts", median_s=0.2, undo=Undo(name="delete-account", owner="accounts")),
        Step(name="verify-identity", owner="identity", median_s=20.0, sigma=0.6, fails=0.05, tries_again=0.05,
             undo=Undo(name="purge-identity", owner="identity")),
        Step(name="provision-mailbox", owner="mail", median_s=4.0, fails=0.03,
             undo=Undo(name="remove-mailbox", owner="mail")),
        Step(name="assign-licence", owner="licensing", median_s=1.0, fails=0.02),
        Step(name="send-welcome", owner="notifications", median_s=0.6),
    ),
)  # fmt: skip

CLAIM: Final = Saga(
    name="insurance-claim", prefix="CLM", ender="claims",
    telemetry=Telemetry(carrier="span", end="outcome", begins=True),
    flow=(
        Step(name="open-claim", owner="claims", median_s=0.3, undo=Undo(name="withdraw-claim", owner="claims")),
        Step(name="check-policy", owner="policies", median_s=1.2, fails=0.04),
        Choice(branches=(
            (0.7, (Step(name="auto-assess", owner="assessment", median_s=8.0, fails=0.02,
                        undo=Undo(name="void-assessment", owner="assessment")),)),
            (0.3, (
                Step(name="book-adjuster", owner="field-service", median_s=30.0,
                     undo=Undo(name="cancel-adjuster", owner="field-service")),
                Step(name="assess-on-site", owner="field-service", median_s=10 * MINUTE, sigma=0.4, fails=0.03),
            )),
        )),
        Step(name="reserve-funds", owner="treasury", median_s=2.0, fails=0.03,
             undo=Undo(name="release-funds", owner="treasury")),
        Step(name="pay-claim", owner="payouts", median_s=5.0, sigma=0.7, pivot=True),
        Step(name="archive-claim", owner="archive", median_s=0.5),
    ),
)  # fmt: skip

TRIP: Final = Saga(
    name="trip-booking", prefix="TRP", ender="trips",
    telemetry=Telemetry(carrier="event", starts=True, end="phase", begins=True),
    flow=(
        Step(name="quote-trip", owner="pricing", median_s=0.6),
        Parallel(branches=(
            (Step(name="book-flight", owner="flights", median_s=6.0, sigma=0.6, fails=0.03, tries_again=0.04,
                  undo=Undo(name="cancel-flight", owner="flights", median_s=2.0)),),
            (Step(name="book-hotel", owner="hotels", median_s=4.0, fails=0.03,
                  undo=Undo(name="cancel-hotel", owner="hotels")),),
            (Step(name="rent-car", owner="cars", median_s=2.0, fails=0.02,
                  undo=Undo(name="return-car", owner="cars")),),
        )),
        Step(name="charge-card", owner="payments", median_s=2.5, fails=0.03, pivot=True),
        Step(name="issue-tickets", owner="ticketing", median_s=9.0),
    ),
)  # fmt: skip

LOAN: Final = Saga(
    name="loan-application", prefix="LN", ender="loans",
    telemetry=Telemetry(carrier="event", starts=True),
    flow=(
        Step(name="submit-application", owner="loans", median_s=0.2,
             undo=Undo(name="reject-application", owner="loans")),
        Step(name="score-credit", owner="scoring", median_s=5.0, fails=0.04, tries_again=0.05, backoff_s=3.0,
             undo=Undo(name="erase-score", owner="scoring")),
        Choice(branches=(
            (0.7, (Step(name="price-standard", owner="pricing", median_s=1.0),)),
            (0.3, (Step(name="review-by-underwriter", owner="underwriting", median_s=25 * MINUTE, sigma=0.6, waits=True,
                        deadline_s=8 * HOUR, fails=0.05),)),
        )),
        Step(name="sign-contract", owner="e-sign", median_s=40 * MINUTE, sigma=0.7, waits=True, deadline_s=24 * HOUR,
             fails=0.03),
        Step(name="pay-out", owner="payouts", median_s=4.0, pivot=True),
    ),
)  # fmt: skip

TRANSFER: Final = Saga(
    name="money-transfer", prefix="TX", ender="transfer-coordinator", orchestrated=True,
    telemetry=Telemetry(carrier="event", starts=True, commands="bare", end="phase", begins=True),
    flow=(
        Step(name="check-limits", owner="limits", median_s=0.3, fails=0.02),
        Step(name="debit-payer", owner="ledger", median_s=0.5, fails=0.03, tries_again=0.04, backoff_s=1.0,
             undo=Undo(name="refund-payer", owner="ledger")),
        Step(name="screen-sanctions", owner="compliance", median_s=3.0, sigma=0.8, fails=0.02),
        Step(name="credit-payee", owner="ledger", median_s=0.5, tries_again=0.04, backoff_s=1.0, fails=0.01,
             pivot=True),
        Step(name="send-receipt", owner="notifications", median_s=0.8),
    ),
)  # fmt: skip

HOLIDAY: Final = Saga(
    name="holiday-package", prefix="HOL", ender="holiday-orchestrator", orchestrated=True,
    telemetry=Telemetry(carrier="span", commands="message", end="outcome", begins=True),
    flow=(
        Step(name="hold-seats", owner="airline", median_s=3.0, fails=0.03,
             undo=Undo(name="drop-seats", owner="airline")),
        Parallel(branches=(
            (Step(name="hold-rooms", owner="hotels", median_s=5.0, fails=0.03,
                  undo=Undo(name="drop-rooms", owner="hotels")),
             Step(name="book-transfer", owner="coaches", median_s=2.0,
                  undo=Undo(name="drop-transfer", owner="coaches"))),
            (Step(name="buy-insurance", owner="insurer", median_s=8.0, sigma=0.6,
                  undo=Undo(name="cancel-insurance", owner="insurer")),),
        )),
        Step(name="take-deposit", owner="payments", median_s=2.0, tries_again=0.05, fails=0.04,
             undo=Undo(name="return-deposit", owner="payments")),
        Step(name="confirm-all", owner="airline", median_s=4.0, fails=0.02, pivot=True),
        Step(name="send-documents", owner="documents", median_s=12.0),
    ),
)  # fmt: skip

RENEWAL: Final = Saga(
    name="subscription-renewal", prefix="SUB", ender="billing-orchestrator", orchestrated=True,
    telemetry=Telemetry(carrier="event", starts=True, commands="message"),
    flow=(
        Step(name="create-invoice", owner="invoicing", median_s=0.6, undo=Undo(name="void-invoice", owner="invoicing")),
        Step(name="grace-period", owner="timers", median_s=15 * MINUTE, sigma=0.1, waits=True, deadline_s=1 * HOUR),
        Step(name="charge-card", owner="payments", median_s=3.0, sigma=0.6, tries_again=0.06, backoff_s=5.0, fails=0.05,
             undo=Undo(name="refund-charge", owner="payments")),
        Step(name="extend-licence", owner="licensing", median_s=0.7, fails=0.01),
        Step(name="book-revenue", owner="accounting", median_s=1.5),
    ),
)  # fmt: skip

DELIVERY: Final = Saga(
    name="food-delivery", prefix="FD", ender="delivery-coordinator", orchestrated=True,
    telemetry=Telemetry(carrier="span", commands="span", end="phase", begins=True),
    flow=(
        Step(name="authorise-payment", owner="payments", median_s=1.2, fails=0.03,
             undo=Undo(name="void-authorisation", owner="payments")),
        Step(name="accept-at-restaurant", owner="restaurants", median_s=90.0, sigma=0.6, fails=0.05,
             undo=Undo(name="cancel-at-restaurant", owner="restaurants")),
        Step(name="assign-courier", owner="couriers", median_s=25.0, sigma=0.7, tries_again=0.05, backoff_s=10.0,
             fails=0.02, undo=Undo(name="release-courier", owner="couriers")),
        Step(name="deliver-meal", owner="couriers", median_s=12 * MINUTE, sigma=0.35, pivot=True),
        Step(name="capture-payment", owner="payments", median_s=1.0),
        Step(name="ask-for-rating", owner="notifications", median_s=0.4),
    ),
)  # fmt: skip

CLOSURE: Final = Saga(
    name="account-closure", prefix="ACL", ender="accounts",
    telemetry=Telemetry(carrier="event", starts=True, end="outcome", begins=True),
    flow=(
        Step(name="freeze-account", owner="accounts", median_s=0.4,
             undo=Undo(name="unfreeze-account", owner="accounts")),
        Step(name="settle-balance", owner="ledger", median_s=6.0, fails=0.04, tries_again=0.04,
             undo=Undo(name="reopen-balance", owner="ledger")),
        Step(name="confirm-by-customer", owner="contact-centre", median_s=30 * MINUTE, sigma=0.6, waits=True,
             deadline_s=12 * HOUR, fails=0.06),
        Parallel(branches=(
            (Step(name="erase-profile", owner="profiles", median_s=15.0),),
            (Step(name="revoke-cards", owner="cards", median_s=3.0),),
        )),
        Step(name="archive-account", owner="archive", median_s=2.0),
    ),
)  # fmt: skip

INVOICE: Final = Saga(
    name="invoice-settlement", prefix="INV", ender="invoicing",
    telemetry=Telemetry(carrier="span"),
    flow=(
        Step(name="receive-invoice", owner="invoicing", median_s=0.2,
             undo=Undo(name="return-invoice", owner="invoicing")),
        Step(name="extract-lines", owner="ocr", median_s=12.0, sigma=0.6, tries_again=0.05, backoff_s=4.0),
        Step(name="match-order", owner="purchasing", median_s=1.5, fails=0.03),
        Choice(branches=(
            (0.7, (Step(name="approve-by-rule", owner="policies", median_s=0.4),)),
            (0.3, (Step(name="check-budget", owner="budgets", median_s=2.0),
                   Step(name="approve-by-manager", owner="approvals", median_s=8 * MINUTE, sigma=0.6, fails=0.04))),
        )),
        Step(name="reserve-cash", owner="treasury", median_s=1.0, fails=0.02,
             undo=Undo(name="free-cash", owner="treasury")),
        Step(name="send-payment", owner="banking", median_s=20.0, sigma=0.7, tries_again=0.04, fails=0.02, pivot=True),
        Step(name="post-ledger", owner="ledger", median_s=0.8),
    ),
)  # fmt: skip

SAGAS: Final = (
    ORDER, RETURN, SIGNUP, CLAIM, TRIP, LOAN, TRANSFER, HOLIDAY, RENEWAL, DELIVERY, CLOSURE, INVOICE,
)  # fmt: skip
