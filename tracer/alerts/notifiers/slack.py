"""Tells a channel by an incoming webhook: of Slack with blocks, of Mattermost and others by plain text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from tracer.alerts.notice import Notice
from tracer.alerts.notifiers.texts import as_json, fill, moment, values
from tracer.alerts.outgoing import Outgoing

_MAX_HEADER: Final = 150  # Slack: a header block
_MAX_SECTION: Final = 3000  # Slack: the text of a section block
_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"
_COLOURS: Final = {"critical": ":red_circle:", "warning": ":large_orange_circle:", "info": ":large_blue_circle:"}
_ENTITIES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackNotifier:
    """Implements `tracer.alerts.notice.Notifier`; `title` and `text` are templates, None what the notice says."""

    outgoing: Outgoing
    url: str = field(repr=False)
    blocks: bool = True
    channel: str | None = None
    username: str | None = None
    title: str | None = None
    text: str | None = None

    async def send(self, notice: Notice) -> None:
        """Post it."""
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": notice.id}
        await self.outgoing.deliver(self.url, as_json(self.message(notice)), headers)

    async def stop(self) -> None:
        """Close the session."""
        await self.outgoing.stop()

    def message(self, notice: Notice) -> dict[str, Any]:
        """Write the message."""
        title, text = self._filled(self.title, notice, notice.title), self._filled(self.text, notice, notice.text)
        named = {"channel": self.channel, "username": self.username}
        message: dict[str, Any] = {key: value for key, value in named.items() if value}
        sign = ":white_check_mark:" if notice.kind == "resolved" else _COLOURS[notice.severity]
        if not self.blocks:
            return {**message, "text": f"{sign} *{escape(title)}*\n{escape(text)}"}
        return {**message, "text": escape(title), "blocks": _blocks(notice, sign, title, text)}

    @staticmethod
    def _filled(template: str | None, notice: Notice, otherwise: str) -> str:
        return otherwise if template is None else fill(template, values(notice))


def escape(text: str) -> str:
    """Take the meaning out of what Slack would read as a mention, a link or an entity."""
    return text.translate(_ENTITIES)


def cut(text: str, limit: int) -> str:
    """Shorten a text to at most so many characters."""
    return text if len(text) <= limit else text[: limit - 1] + _ELLIPSIS


def _blocks(notice: Notice, sign: str, title: str, text: str) -> list[dict[str, Any]]:
    facts = " | ".join(escape(fact) for fact in (notice.severity, notice.rule, moment(notice.starts_at)))
    link = f" | <{escape(notice.link).replace('|', '%7C')}|open>" if notice.link else ""
    return [
        {"type": "header", "text": {"type": "plain_text", "text": cut(title, _MAX_HEADER), "emoji": False}},
        {"type": "section", "text": {"type": "mrkdwn", "text": _escaped_within(text, _MAX_SECTION), "verbatim": True}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": f"{sign} {facts}{link}"}]},
    ]


def _escaped_within(text: str, limit: int) -> str:
    """Escape a text and keep it within a limit, without cutting an entity in two."""
    escaped = escape(text)
    while len(escaped) > limit:
        text = cut(text, len(text) - max(1, (len(escaped) - limit) // 5))
        escaped = escape(text)
    return escaped or " "
