"""What can be configured of an OTLP collector, checked when it is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec

from tracer.errors import ConfigError
from tracer.model.address import Address, is_loopback, parse_address

MIB: Final = 2**20
_FilePath = Annotated[str, msgspec.Meta(min_length=1, extra={"unit": "path"})]
_Positive = Annotated[int, msgspec.Meta(ge=1)]


class OtlpOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of one OTLP collector; sizes are bytes, an empty address switches the listener off."""

    grpc: str = "127.0.0.1:4317"
    http: str = "127.0.0.1:4318"
    max_body: _Positive = 64 * MIB  # one request, as it comes
    max_inflated: _Positive = 64 * MIB  # one request, without its compression
    max_records: _Positive = 250_000  # spans, or span events, or log records in one request
    max_items: _Positive = 2_000_000  # these with their attributes and links
    max_concurrent_requests: _Positive = 512
    max_queued_bytes: _Positive = 128 * MIB  # requests that are being read or wait for their commit
    tls_cert: _FilePath | None = None
    tls_key: _FilePath | None = None
    token_file: _FilePath | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """A certificate chain and its key, as PEM files."""

    cert: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what clients may make us hold."""

    max_body_bytes: int
    max_inflated_bytes: int
    max_records: int
    max_items: int
    max_concurrent_requests: int
    max_queued_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Checked options, with the addresses read; no file is read yet."""

    grpc: Address | None
    http: Address | None
    limits: Limits
    tls: Tls | None
    token_file: Path | None


def check(options: OtlpOptions, *, name: str) -> Plan:
    """Check what one option says against another. Raises ConfigError naming the collector, the key and the fix."""
    plan = Plan(
        grpc=_address(options.grpc, key="grpc", name=name),
        http=_address(options.http, key="http", name=name),
        limits=_limits(options, name=name),
        tls=_tls(options, name=name),
        token_file=None if options.token_file is None else Path(options.token_file),
    )
    for key, address in without_token(plan).items():
        if plan.tls is None:
            problem = f'{key} = "{address}" can be reached from other machines without token_file or TLS'
            raise _error(name, f'{problem}; set token_file, or tls_cert and tls_key, or listen on "127.0.0.1:PORT"')
    return plan


def without_token(plan: Plan) -> Mapping[str, Address]:
    """Give the listeners that other machines reach and that take what anybody sends, by key."""
    if plan.token_file is not None:
        return {}
    addresses = {"grpc": plan.grpc, "http": plan.http}
    return {key: address for key, address in addresses.items() if address and not is_loopback(address.host)}


def read_token(path: Path | None, *, name: str) -> str | None:
    """Read the bearer token that clients must send. Raises ConfigError for a file that gives none."""
    if path is None:
        return None
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as failed:
        raise _error(name, f"token_file {path} cannot be read: {failed}") from failed
    if not token:
        raise _error(name, f"token_file {path} is empty; write the token into it")
    return token


def _address(text: str, *, key: str, name: str) -> Address | None:
    if not text.strip():
        return None
    try:
        return parse_address(text)
    except ValueError as wrong:
        raise _error(name, f'{key} = "{text}" is no address; {wrong}, or "" for none') from wrong


def _tls(options: OtlpOptions, *, name: str) -> Tls | None:
    if options.tls_cert and options.tls_key:
        return Tls(cert=Path(options.tls_cert), key=Path(options.tls_key))
    if options.tls_cert or options.tls_key:
        missing = "tls_key" if options.tls_cert else "tls_cert"
        raise _error(name, f"TLS needs tls_cert and tls_key together; {missing} is missing")
    return None


def _limits(options: OtlpOptions, *, name: str) -> Limits:
    largest = max(options.max_body, options.max_inflated)
    if options.max_queued_bytes < largest:
        raise _error(name, f"max_queued_bytes is less than one request may have; set it to at least {largest}")
    return Limits(
        max_body_bytes=options.max_body,
        max_inflated_bytes=options.max_inflated,
        max_records=options.max_records,
        max_items=options.max_items,
        max_concurrent_requests=options.max_concurrent_requests,
        max_queued_bytes=options.max_queued_bytes,
    )


def _error(name: str, problem: str) -> ConfigError:
    return ConfigError(f"[collectors.{name}]: {problem}")
