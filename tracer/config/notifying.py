"""What can be configured of notifiers: [notifiers.NAME], one struct for each type.

A secret K comes from the file that `K_file` names, or from the environment as `K`; never from the configuration file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec

from tracer.config.units import Count, FilePath, ListenAddress, Names, Seconds, Secret
from tracer.views.alerts import Severity

PAGERDUTY_URL: Final = "https://events.pagerduty.com/v2/enqueue"

# What a template of a notifier may name, in the order in which it is told.
NOTICE_PLACEHOLDERS: Final = (
    *("id", "kind", "alert", "rule", "severity", "title", "text", "saga", "step", "owner", "stall", "transactions"),
    *("examples", "action", "command", "open_command", "link", "starts_at", "ends_at", "at", "acknowledged_by"),
)

Address = Annotated[str, msgspec.Meta(min_length=1)]


class NotifierSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every notifier has."""

    type: str
    timeout_s: Seconds = msgspec.field(default=10.0, name="timeout")
    give_up_after_s: Seconds = msgspec.field(default=3600.0, name="give_up_after")
    max_waiting: Count = 10_000
    min_severity: Severity | None = None
    resolved: bool = True


class HttpSettings(NotifierSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every notifier over HTTP has besides."""

    ca_file: FilePath | None = None
    proxy_from_environment: bool = False


class AlertmanagerSettings(HttpSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All instances of one Alertmanager."""

    type: Literal["alertmanager"]
    url: Names
    headers_file: FilePath | None = None
    headers: Secret | None = None
    refresh_s: Seconds = msgspec.field(default=60.0, name="refresh")


class PagerDutySettings(HttpSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service of PagerDuty, by its integration key."""

    type: Literal["pagerduty"]
    url: Address = PAGERDUTY_URL
    routing_key_file: FilePath | None = None
    routing_key: Secret | None = None
    title: str | None = None


class SlackSettings(HttpSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An incoming webhook of Slack, Mattermost, or what else takes their messages."""

    type: Literal["slack"]
    url_file: FilePath | None = None
    url: Secret | None = None
    format: Literal["blocks", "text"] = "blocks"
    channel: str | None = None
    username: str | None = None
    title: str | None = None
    text: str | None = None


class WebhookSettings(HttpSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any receiver of a POST."""

    type: Literal["webhook"]
    url: Address | None = None
    url_file: FilePath | None = None
    headers_file: FilePath | None = None
    headers: Secret | None = None
    secret_file: FilePath | None = None
    secret: Secret | None = None
    body: str | None = None
    content_type: str = "application/json"


class EmailSettings(NotifierSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Mail through one SMTP server."""

    type: Literal["email"]
    server: ListenAddress
    sender: Address = msgspec.field(name="from")
    to: Names
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password_file: FilePath | None = None
    password: Secret | None = None
    ca_file: FilePath | None = None
    title: str | None = None
    text: str | None = None


class ExecSettings(NotifierSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A program that is started for each notice."""

    type: Literal["exec"]
    command: tuple[str, ...]


class OtlpSettings(NotifierSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Log records to an OTLP endpoint."""

    type: Literal["otlp"]
    endpoint: Address
    protocol: Literal["grpc", "http/protobuf"] = "grpc"
    headers_file: FilePath | None = None
    headers: Secret | None = None
    ca_file: FilePath | None = None


TYPES: Final[Mapping[str, type[NotifierSettings]]] = {
    "alertmanager": AlertmanagerSettings,
    "pagerduty": PagerDutySettings,
    "slack": SlackSettings,
    "webhook": WebhookSettings,
    "email": EmailSettings,
    "exec": ExecSettings,
    "otlp": OtlpSettings,
}

# The secrets of each type, and which of them it cannot do without.
SECRETS: Final[Mapping[str, tuple[str, ...]]] = {
    "alertmanager": ("headers",),
    "pagerduty": ("routing_key",),
    "slack": ("url",),
    "webhook": ("url", "headers", "secret"),
    "email": ("password",),
    "exec": (),
    "otlp": ("headers",),
}
REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "pagerduty": ("routing_key",),
    "slack": ("url",),
    "webhook": ("url",),
}
