"""Who buys, who pays whom, and where it runs: plausible data, the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from tracer.demo.faults import dice

CUSTOMERS: Final = (
    "Amara Okafor", "Jonas Lindqvist", "Marta Kowalska", "Hiroshi Tanaka", "Lucía Fernández", "Piet de Vries",
    "Aoife Byrne", "Nadia Haddad", "Tomáš Novák", "Ingrid Solberg", "Rahul Mehta", "Chloé Laurent",
    "Giulia Conti", "Samuel Adeyemi", "Katrin Weiß", "Yusuf Demir", "Elena Petrova", "Noah Brandt",
)  # fmt: skip
ARTICLES: Final = (
    ("SKU-4410-BLK", "Trail running shoes", 129_90), ("SKU-2207-M", "Merino base layer", 74_50),
    ("SKU-9031", "Espresso grinder", 249_00), ("SKU-1174-15", "Laptop sleeve 15in", 39_95),
    ("SKU-6602", "Bicycle light set", 54_90), ("SKU-3319-L", "Rain jacket", 159_00),
    ("SKU-8105", "Cast iron pan", 89_00), ("SKU-7740", "Noise-cancelling headphones", 279_00),
)  # fmt: skip
WAREHOUSES: Final = ("LEJ1", "RTM3", "WRO2")
COUNTRIES: Final = ("DE", "NL", "PL", "FR", "SE", "IE")

Transport = Literal["grpc", "http"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """How a service runs: its version, its pod, and how it exports.

    `copies_baggage` says whether its spans and logs take saga.id and saga.name over from the baggage.
    """

    version: str
    pod: str
    namespace: str
    transport: Transport
    copies_baggage: bool = True


DEPLOYMENTS: Final = {
    "order": Deployment(version="5.18.2", pod="order-7c9d4f6b8-kx2mz", namespace="shop", transport="http"),
    "inventory": Deployment(version="3.4.0", pod="inventory-58bd7f9c6d-q7v4t", namespace="shop", transport="http"),
    "payment": Deployment(version="8.1.1", pod="payment-6f5c8d7b94-h9wlp", namespace="shop", transport="grpc"),
    "shipping": Deployment(version="4.2.0-rc1", pod="shipping-79f6cc5d4b-2nrds", namespace="shop", transport="grpc"),
    "freight": Deployment(version="0.9.14", pod="freight-5c9c8b6d4f-w8ztr", namespace="shop", transport="http"),
    "engraving": Deployment(version="2.2.1", pod="engraving-7b4d5f9c86-c6lqm", namespace="shop", transport="http"),
    "notification": Deployment(version="2.9.3", pod="notification-5d6b9fdc7-zt8cj", namespace="core", transport="http"),
    "transfer": Deployment(version="1.31.0", pod="transfer-84c5b7d6f9-m4xqh", namespace="bank", transport="grpc"),
    "account": Deployment(version="12.0.4", pod="account-66d9c8f7b5-vb5kn", namespace="bank", transport="http"),
    # The ledger knows the step it does and not whose it is: its spans join through their trace.
    "ledger": Deployment(
        version="6.7.9", pod="ledger-0", namespace="bank", transport="grpc", copies_baggage=False
    ),
    "fraud-check": Deployment(
        version="1.9.0-legacy", pod="fraud-check-vm-03", namespace="bank", transport="http", copies_baggage=False
    ),
}  # fmt: skip


def order_id(year: int, number: int) -> str:
    """Make the id of an order: ORD-2026-104217."""
    return f"ORD-{year}-{number}"


def transfer_id(number: int) -> str:
    """Make the id of a transfer: TRF-88201."""
    return f"TRF-{number}"


def order(seed: int, transaction_id: str) -> dict[str, Any]:
    """Make an order as the shop's front end posts it; amounts are in cents."""
    luck = dice(seed, transaction_id, "order")
    articles = luck.sample(ARTICLES, luck.choice((1, 1, 2, 3)))
    quantities = [luck.choice((1, 1, 1, 2, 3)) for _ in articles]
    lines = [
        {"sku": sku, "title": title, "quantity": quantity, "price_cents": price}
        for (sku, title, price), quantity in zip(articles, quantities, strict=True)
    ]
    return {
        "order": transaction_id,
        "customer": luck.choice(CUSTOMERS),
        "country": luck.choice(COUNTRIES),
        "warehouse": luck.choice(WAREHOUSES),
        "lines": lines,
        "total_cents": sum(price * quantity for (_, _, price), quantity in zip(articles, quantities, strict=True)),
        "currency": "EUR",
    }


def transfer(seed: int, transaction_id: str) -> dict[str, Any]:
    """Make a transfer as the bank's front end posts it; the amount is in cents."""
    luck = dice(seed, transaction_id, "transfer")
    payer, payee = luck.sample(CUSTOMERS, 2)
    return {
        "transfer": transaction_id,
        "payer": payer,
        "payee": payee,
        "from_account": _account(luck.randrange(10**4)),
        "to_account": _account(luck.randrange(10**4)),
        "amount_cents": int(luck.lognormvariate(5.2, 1.1) * 100),
        "currency": "EUR",
        "purpose": luck.choice(("rent", "invoice 2291", "holiday", "shared dinner", "deposit", "car repair")),
    }


def _account(tail: int) -> str:
    return f"NL··SAGA······{tail:04d}"


def amount(cents: int, currency: str) -> str:
    """Write an amount for a person: 129.90 EUR."""
    return f"{cents // 100}.{cents % 100:02d} {currency}"
