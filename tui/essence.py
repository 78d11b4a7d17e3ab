"""What of an answer is news: everything but the durations, which grow by themselves. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tracer.views import Flow, Transaction, TransactionPage
from tui.wants import ListWant, NowAnswer, Want


@dataclass(frozen=True, slots=True, kw_only=True)
class Essence:
    """An answer without what only time changed."""

    want: Want
    parts: tuple[object, ...]

    def is_news_after(self, earlier: Essence | None) -> bool:
        """Say whether something happened; scrolling to another window of a list is no news."""
        if earlier is None:
            return True
        if isinstance(self.want, ListWant) and isinstance(earlier.want, ListWant) and self.want != earlier.want:
            return self.want.query.sort == earlier.want.query.sort and self.parts[0] != earlier.parts[0]
        return self != earlier


def essence(want: Want, answer: TransactionPage | Transaction | NowAnswer | Flow) -> Essence:
    """Reduce an answer to what can be news."""
    if isinstance(answer, NowAnswer):
        incidents = tuple(replace(one, stuck_s=0.0, why="") for one in answer.incidents.incidents)
        stalls = tuple(replace(one, stuck_s=0.0) for one in answer.stalls.stalls)
        return Essence(want=want, parts=(tuple(sorted(answer.counts.items())), incidents, stalls))
    if isinstance(answer, Flow):
        # Weights that decay and quantiles that follow them change by themselves.
        here = tuple((node.step, node.compensates, node.open, node.stuck) for node in answer.nodes)
        ways = tuple((edge.before, edge.after, edge.outcome) for edge in answer.edges)
        return Essence(want=want, parts=(here, ways))
    if isinstance(answer, TransactionPage):
        rows = tuple(replace(row, elapsed_s=0.0, in_step_s=None) for row in answer.transactions)
        return Essence(want=want, parts=((answer.total, tuple(sorted(answer.counts.items()))), rows))
    parts = (answer.status, answer.last_activity_at, answer.timeline_total, answer.steps, answer.notes)
    advice = tuple((each.action, each.step, each.command) for each in answer.advice)
    stall = None if answer.stall is None else replace(answer.stall, stuck_s=0.0, why="")
    return Essence(
        want=want, parts=(*parts, advice, stall, _place(answer), tuple(each.step for each in answer.current))
    )


def _place(answer: Transaction) -> object:
    """Reduce the place of the last message to where it is and what each group did with it."""
    if answer.message is None:
        return None
    at = answer.message
    return at.topic, at.partition, at.offset, tuple((group.group, group.state) for group in at.groups)
