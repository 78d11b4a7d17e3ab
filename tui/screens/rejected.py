"""Rejected messages, one after the other, each whole: where it came from, why it was refused, what it says."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.binding import Binding, BindingType

from tracer.rejections import RejectedMessage
from tui.look import Line, Look
from tui.screens.panel import Pager
from tui.sources import message_lines
from tui.wants import RejectedWant, Snapshot

MAX_LINES: Final = 2_000
_REJECTED: Final = Binding.Group("rejected")


class RejectedScreen(Pager):
    """The messages that were rejected for one reason, the latest first; a cut one is shown until the whole is here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "choose(1)", "next message", group=_REJECTED, id="rejected.next"),
        Binding("p", "choose(-1)", "previous message", group=_REJECTED, id="rejected.previous"),
        Binding("y", "copy_value", "copy its text", group=_REJECTED, id="rejected.copy"),
    ]
    HINTS = (("choose(1)", "next"), ("choose(-1)", "previous"), ("copy_value", "copy"), ("dismiss", "close"))

    def __init__(self, look: Look, messages: tuple[RejectedMessage, ...]) -> None:
        super().__init__(look, "rejected messages")
        self._messages = messages
        self._whole: dict[int, RejectedMessage] = {}
        self._chosen = 0
        self._missing = ""

    def on_mount(self) -> None:
        """Ask for the first one."""
        self._ask()

    def _ask(self) -> None:
        self._missing = ""
        if self.message.id not in self._whole:
            self.saga_app.poller.ask(RejectedWant(number=self.message.id))

    @property
    def message(self) -> RejectedMessage:
        """Give the message that is shown, as whole as it is known."""
        listed = self._messages[self._chosen]
        return self._whole.get(listed.id, listed)

    def take(self, snapshot: Snapshot) -> None:
        """Take in a whole message; one that was decoded in the meantime is there no more."""
        if isinstance(snapshot.answer, RejectedMessage):
            # Large ones are not kept for long.
            self._whole = {snapshot.answer.id: snapshot.answer}
            self.paint()
        elif isinstance(snapshot.want, RejectedWant) and snapshot.trouble is not None:
            self.notice(snapshot.trouble.message, "warn")

    def content(self, width: int) -> tuple[Line, ...]:
        """Give the message that is chosen, and which one of them it is."""
        place = f" {self._chosen + 1} of {len(self._messages)}  id {self.message.id}"
        return (((place, "heading"),), *message_lines(self.message, width, MAX_LINES))

    def action_choose(self, direction: int) -> None:
        """Go to the next or previous message."""
        self._chosen = max(0, min(self._chosen + direction, len(self._messages) - 1))
        self._ask()
        self.show_from(0)

    def action_copy_value(self) -> None:
        """Copy the text of the message, its control characters made visible."""
        if self.message.value is None:
            self.notice("it has no value", "dim")
        else:
            self.copy(self.message.value)
