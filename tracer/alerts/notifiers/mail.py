"""Tells people by mail: one thread for each alert, from its firing to its end.

The firing's Message-ID is the thread's; what follows refers to it. Header values are single lines: a notice's texts are
clean, and a line end in a header is refused by the standard library besides.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final, Literal

import aiosmtplib

from tracer.alerts.notice import NotDelivered, Notice, Undeliverable
from tracer.alerts.notifiers.texts import fill, values
from tracer.alerts.outgoing import USER_AGENT, without_secrets
from tracer.clock import NS_PER_S, to_ns
from tracer.model.text import clean

_MAX_SUBJECT: Final = 200
_PERMANENT: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class MailNotifier:
    """Implements `tracer.alerts.notice.Notifier`; `title` and `text` are templates, None what the notice says."""

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    security: Literal["starttls", "tls", "none"]
    tls: ssl.SSLContext
    timeout_s: float
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    title: str | None = None
    text: str | None = None

    async def send(self, notice: Notice) -> str | None:
        """Send one mail to all; taken when the server took it for at least one of them. Says who was refused."""
        message = self.message(notice)
        try:
            async with asyncio.timeout(self.timeout_s):
                refused = await self._submit(message)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as failed:
            raise self._failure(failed) from failed
        if not refused:
            return None
        each = "; ".join(f"{to}: {answer.code} {answer.message}" for to, answer in refused.items())
        return self._said(f"delivered, but not to {each}")

    async def _submit(self, message: EmailMessage) -> dict[str, aiosmtplib.SMTPResponse]:
        refused, _ = await aiosmtplib.send(
            message,
            sender=self.sender,
            recipients=list(self.to),
            hostname=self.host,
            port=self.port,
            username=self.username,
            password=self.password,
            use_tls=self.security == "tls",
            start_tls=self.security == "starttls",
            tls_context=None if self.security == "none" else self.tls,
            timeout=self.timeout_s,
        )
        return refused

    async def stop(self) -> None:
        """Each mail has a connection of its own: there is nothing to let go of."""

    def message(self, notice: Notice) -> EmailMessage:
        """Write the mail."""
        texts = values(notice)
        title = notice.title if self.title is None else fill(self.title, texts)
        message = EmailMessage(policy=SMTP)
        message["Subject"] = clean(title, _MAX_SUBJECT)
        message["From"] = self.sender
        message["To"] = ", ".join(self.to)
        message["Date"] = format_datetime(notice.at)
        self._thread(message, notice)
        message["Auto-Submitted"] = "auto-generated"
        message["X-Mailer"] = USER_AGENT
        message["X-Sagascope-Notice"] = clean(notice.id)
        message.set_content(notice.text if self.text is None else fill(self.text, texts))
        return message

    def _thread(self, message: EmailMessage, notice: Notice) -> None:
        domain = self.sender.rpartition("@")[2]
        root = f"<sagascope.{clean(notice.alert)}.{to_ns(notice.starts_at) // NS_PER_S}@{domain}>"
        if notice.kind == "firing":
            message["Message-ID"] = root
            return
        message["Message-ID"] = f"<sagascope.{clean(notice.id)}@{domain}>"
        if notice.kind != "test":
            message["In-Reply-To"] = root
            message["References"] = root

    def _said(self, words: str) -> str:
        return f"{self.host}:{self.port}: {without_secrets(words, [self.password] if self.password else [])}"

    def _failure(self, failed: Exception) -> NotDelivered | Undeliverable:
        message = self._said(f"{type(failed).__name__}: {failed}")
        if isinstance(failed, aiosmtplib.SMTPRecipientsRefused):
            codes = [one.code for one in failed.recipients]
            is_final = all(code >= _PERMANENT for code in codes)
        elif isinstance(failed, ssl.SSLError):
            is_final = False
        else:
            is_final = isinstance(failed, aiosmtplib.SMTPResponseException) and failed.code >= _PERMANENT
        if is_final:
            return Undeliverable(message)
        refused = isinstance(failed, aiosmtplib.SMTPResponseException | aiosmtplib.SMTPConnectError)
        return NotDelivered(message, maybe_taken=not refused)
