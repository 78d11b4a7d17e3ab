"""All advice about one transaction, the best first, to read and to copy the command of; nothing is carried out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from textual.binding import Binding, BindingType

from tracer.views import Advice, Transaction
from tui.answers import headline
from tui.chrome import wrapped
from tui.columns import marker
from tui.format import shown
from tui.look import Line, Look
from tui.screens.panel import Pager
from tui.wants import Snapshot, TransactionWant

MAX_ADVICE: Final = 50
_MAX_LINES: Final = 20
_INDENT: Final = "     "
_ADVICE: Final = Binding.Group("advice")


class AdviceScreen(Pager):
    """The advice of a transaction as it is read last, each with its reasons and its command."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "choose(1)", "next advice", group=_ADVICE, id="advice.next"),
        Binding("p", "choose(-1)", "previous advice", group=_ADVICE, id="advice.previous"),
        Binding("y,c", "copy_command", "copy the command", group=_ADVICE, id="advice.copy-command"),
    ]
    HINTS = (
        ("copy_command", "copy the command"), ("choose(1)", "next"), ("choose(-1)", "previous"), ("dismiss", "close"),
    )  # fmt: skip

    def __init__(self, look: Look, transaction: Transaction, want: TransactionWant) -> None:
        super().__init__(look, f"what to do about {shown(transaction.transaction_id)}")
        self._transaction = transaction
        self._want = want
        self._chosen = 0
        self._starts: list[int] = []

    def take(self, snapshot: Snapshot) -> None:
        """Take in the transaction as it is now."""
        if snapshot.want == self._want and isinstance(snapshot.answer, Transaction):
            self._transaction = snapshot.answer
            self._chosen = max(0, min(self._chosen, len(self._transaction.advice) - 1))
            self.paint()

    def content(self, width: int) -> tuple[Line, ...]:
        """Give every advice with its reasons, its evidence and its command."""
        advice = self._transaction.advice[:MAX_ADVICE]
        if not advice:
            over = "it has ended" if self._transaction.ended_at else "nothing is known that would help it on"
            return (((f" no advice: {over}", "text"),),)
        lines: list[Line] = []
        self._starts = []
        for number, one in enumerate(advice):
            self._starts.append(len(lines))
            lines += [*self._block(one, width, chosen=number == self._chosen), ((" ", "text"),)]
        return tuple(lines[:-1])

    def _block(self, one: Advice, width: int, *, chosen: bool) -> Iterator[Line]:
        role = "strong" if chosen else "text"
        first, *rest = wrapped(f"{one.rank}. {headline(one)}", width - 3, _MAX_LINES) or ["-"]
        yield (marker(self.look, selected=chosen), (first, role))
        room = width - len(_INDENT) - 1
        for line in (*rest, *wrapped(shown(one.why), room, _MAX_LINES)):
            yield ((_INDENT, "text"), (line, "text"))
        for evidence in one.evidence[:_MAX_LINES]:
            for at, line in enumerate(wrapped(shown(evidence), room - 2, _MAX_LINES)):
                yield ((f"{_INDENT}{'  ' if at else '- '}", "dim"), (line, "dim"))
        for at, line in enumerate(wrapped(shown(one.command), room - 2, _MAX_LINES) if one.command else ()):
            yield ((f"{_INDENT}{'  ' if at else '$ '}", "dim"), (line, "key"))

    def action_choose(self, direction: int) -> None:
        """Choose the next or previous advice, and bring it into sight."""
        self._chosen = max(0, min(self._chosen + direction, len(self._transaction.advice) - 1))
        self.show_from(self._starts[self._chosen] if self._chosen < len(self._starts) else 0)

    def action_copy_command(self) -> None:
        """Copy the command of the chosen advice."""
        advice = self._transaction.advice
        command = advice[self._chosen].command if advice else None
        if command is None:
            self.notice("no command is known for it", "dim")
        else:
            self.copy(command)
