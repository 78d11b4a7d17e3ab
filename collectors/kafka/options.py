"""What can be configured of a Kafka collector, checked when it is built."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec

from collectors.dialects.confluent.options import RegistryOptions
from collectors.dialects.options import DialectOptions
from tracer.clock import to_ns
from tracer.errors import ConfigError
from tracer.model.address import parse_address

MIB: Final = 2**20
_FilePath = Annotated[str, msgspec.Meta(min_length=1, extra={"unit": "path"})]
_Secret = Annotated[str, msgspec.Meta(extra={"unit": "secret"})]
_Url = Annotated[str, msgspec.Meta(extra={"unit": "url"})]
_Seconds = Annotated[float, msgspec.Meta(gt=0, extra={"unit": "duration"})]
_Positive = Annotated[int, msgspec.Meta(ge=1)]
_Count = Annotated[int, msgspec.Meta(ge=1, extra={"unit": "count"})]
_CountOrNone = Annotated[int, msgspec.Meta(ge=0, extra={"unit": "count"})]

Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]
Isolation = Literal["read_committed", "read_uncommitted"]
_MS: Final = 1_000_000  # ns


class KafkaOptions(DialectOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of one Kafka collector; sizes are bytes, durations seconds."""

    bootstrap_servers: tuple[str, ...] = ("127.0.0.1:9092",)
    topics: tuple[str, ...] = ()
    topic_pattern: str = ""  # a regular expression that a whole topic name must match
    group: str = "sagascope"
    client_id: str = "sagascope"
    start: str = "stored"  # where the store knows no position: stored (in Kafka), earliest, latest or a time
    isolation: Isolation = "read_committed"

    registry: RegistryOptions | None = None

    sasl_mechanism: Mechanism | None = None
    username: str | None = None
    password: _Secret | None = None
    password_file: _FilePath | None = None
    oauth_token_file: _FilePath | None = None
    oauth_token_url: _Url | None = None
    oauth_client_id: str | None = None
    oauth_client_secret: _Secret | None = None
    oauth_client_secret_file: _FilePath | None = None
    oauth_scope: str | None = None
    tls: bool = False
    tls_ca: _FilePath | None = None
    tls_cert: _FilePath | None = None
    tls_key: _FilePath | None = None
    tls_verify: bool = True

    discover_every: _Seconds = 30.0  # new topics and partitions are looked for
    session_timeout: _Seconds = 10.0
    max_poll_records: _Count = 20_000  # messages of one read, at most
    max_fetch: _Positive = 16 * MIB  # one answer of a broker
    max_partition_fetch: _Positive = MIB  # of it one partition
    max_in_flight: _Count = 32  # reads between the broker and the store
    max_queued_bytes: _Positive = 64 * MIB  # and their bytes

    progress_every: _Seconds = 5.0  # how far other groups are
    progress_max_groups: _CountOrNone = 100  # 0: they are not looked at
    progress_max_partitions: _Count = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where to begin in a partition whose position the store does not know; `at_ms` since the epoch for a time."""

    kind: Literal["stored", "earliest", "latest", "time"]
    at_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Checked options: `wanted` matches the whole name of a topic that is read. No file is read yet."""

    options: KafkaOptions
    wanted: re.Pattern[str]
    start: Start


def check(options: KafkaOptions, *, name: str) -> Plan:
    """Check what one option says against another. Raises ConfigError naming the collector, the key and the fix."""
    for server in options.bootstrap_servers:
        try:
            parse_address(server)
        except ValueError as wrong:
            raise _error(name, f'bootstrap_servers: "{server}" is no address; {wrong}') from wrong
    if not options.bootstrap_servers:
        raise _error(name, 'bootstrap_servers is empty; name a broker, like ["127.0.0.1:9092"]')
    if not options.group:
        raise _error(name, "group is empty; give this collector a consumer group of its own")
    _check_sasl(options, name)
    _check_tls(options, name)
    return Plan(options=options, wanted=_wanted(options, name), start=_start(options.start, name))


def _wanted(options: KafkaOptions, name: str) -> re.Pattern[str]:
    if not options.topics and not options.topic_pattern:
        raise _error(name, 'nothing to read: set topics = ["orders"] or topic_pattern = "orders\\\\..*"')
    alternatives = [re.escape(topic) for topic in options.topics]
    if options.topic_pattern:
        try:
            re.compile(options.topic_pattern)
        except re.error as wrong:
            raise _error(
                name, f'topic_pattern = "{options.topic_pattern}" is no regular expression: {wrong}'
            ) from wrong
        alternatives.append(f"(?:{options.topic_pattern})")
    return re.compile(f"(?:{'|'.join(alternatives)})\\Z")


def _start(text: str, name: str) -> Start:
    if text == "stored":
        return Start(kind="stored")
    if text == "earliest":
        return Start(kind="earliest")
    if text == "latest":
        return Start(kind="latest")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        choices = '"stored", "earliest", "latest" or a time with its zone, like "2026-01-31T02:00:00Z"'
        raise _error(name, f'start = "{text}" is not known; write {choices}')
    return Start(kind="time", at_ms=to_ns(moment) // _MS)


def _check_sasl(options: KafkaOptions, name: str) -> None:
    mechanism = options.sasl_mechanism
    has_password = options.password is not None or options.password_file is not None
    if mechanism is None:
        given = options.username is not None or has_password
        if given:
            raise _error(name, 'username and password need sasl_mechanism, like "SCRAM-SHA-512"')
        return
    if mechanism == "OAUTHBEARER":
        _check_oauth(options, name)
    elif options.username is None or not has_password:
        missing = "username" if options.username is None else "password_file"
        raise _error(name, f"sasl_mechanism {mechanism} needs username and password_file; {missing} is missing")


def _check_oauth(options: KafkaOptions, name: str) -> None:
    by_url = options.oauth_token_url is not None
    if by_url == (options.oauth_token_file is not None):
        raise _error(name, "OAUTHBEARER needs oauth_token_file or oauth_token_url, one of the two")
    if by_url:
        _check_token_url(options.oauth_token_url or "", name)
    secret = options.oauth_client_secret is not None or options.oauth_client_secret_file is not None
    if by_url and (options.oauth_client_id is None or not secret):
        missing = "oauth_client_id" if options.oauth_client_id is None else "oauth_client_secret_file"
        raise _error(name, f"oauth_token_url needs oauth_client_id and oauth_client_secret_file; {missing} is missing")


def _check_token_url(url: str, name: str) -> None:
    """Refuse a URL that could not be asked, or whose text, which is logged, has a secret in it."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        raise _error(name, "oauth_token_url is no URL; write one like https://login.example/token") from None
    if "@" in parts.netloc:
        use = "use oauth_client_id and oauth_client_secret_file"
        raise _error(name, f"oauth_token_url must not have a user or a password in it; {use}")
    if not usable:
        raise _error(name, "oauth_token_url needs http:// or https:// and a host, like https://login.example/token")


def _check_tls(options: KafkaOptions, name: str) -> None:
    if (options.tls_cert is None) != (options.tls_key is None):
        missing = "tls_key" if options.tls_key is None else "tls_cert"
        raise _error(name, f"a client certificate needs tls_cert and tls_key together; {missing} is missing")
    if not options.tls and (options.tls_ca or options.tls_cert or not options.tls_verify):
        raise _error(name, "tls_ca, tls_cert, tls_key and tls_verify need tls = true")
    for key, file in (("tls_ca", options.tls_ca), ("tls_cert", options.tls_cert), ("tls_key", options.tls_key)):
        if file is not None and not Path(file).is_file():
            raise _error(name, f"{key} {file} is not a file")


def _error(name: str, problem: str) -> ConfigError:
    return ConfigError(f"[collectors.{name}]: {problem}")
