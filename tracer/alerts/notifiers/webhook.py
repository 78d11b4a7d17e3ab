"""Tells any receiver of a POST, signed where a secret is configured.

The signature is HMAC-SHA256 over the time of the try, a dot and the body: `Sagascope-Signature: t=SECONDS,v1=HEX`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from tracer.alerts.notice import Notice
from tracer.alerts.notifiers.texts import as_json, document, fill, in_json, values
from tracer.alerts.outgoing import Outgoing
from tracer.clock import NS_PER_S, Clock

SIGNATURE: str = "Sagascope-Signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookNotifier:
    """Implements `tracer.alerts.notice.Notifier`; `body` is a template, None the whole notice as JSON."""

    outgoing: Outgoing
    clock: Clock
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: str | None = field(default=None, repr=False)
    body: str | None = None
    content_type: str = "application/json"

    async def send(self, notice: Notice) -> None:
        """Post it; the notice's id is the Idempotency-Key of every try."""
        body = self._body(notice)
        headers = {"Content-Type": self.content_type, "Idempotency-Key": notice.id, **self.headers}
        if self.secret is not None:
            headers[SIGNATURE] = signature(self.secret, self.clock.now_ns() // NS_PER_S, body)
        await self.outgoing.deliver(self.url, body, headers)

    async def stop(self) -> None:
        """Close the session."""
        await self.outgoing.stop()

    def _body(self, notice: Notice) -> bytes:
        if self.body is None:
            return as_json(document(notice))
        escape = in_json if "json" in self.content_type else str
        return fill(self.body, values(notice), escape).encode("utf-8", "replace")


def signature(secret: str, at_s: int, body: bytes) -> str:
    """Sign a body as sent at a moment, in seconds since the epoch."""
    digest = hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={digest}"
