"""Which of the notices that wait need not be sent any more, because a later one of their alert makes them pointless."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.alerts.ports import SUPERSEDED, Behind, Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Whether the oldest notice of an alert is sent, and which ones are dropped, each with the reason."""

    is_sent: bool
    dropped: tuple[tuple[str, str], ...] = ()


def judge(waiting: Waiting, *, is_unheard_of: bool) -> Judgement:
    """Judge the oldest waiting notice of an alert by those behind it.

    Where its resolved waits, only that one is sent; and not even that one where nobody can have heard of the firing
    (`is_unheard_of`: no try of it can have reached the receiver). A repeat that waits behind what was not delivered
    yet would tell the same twice: behind a firing it is dropped, and of two repeats the later one is sent.
    """
    kind, own = waiting.notice.kind, waiting.notice.id
    if kind in {"resolved", "test"}:
        return Judgement(is_sent=True)
    resolved = next((one for one in waiting.behind if one.kind == "resolved"), None)
    if resolved is not None:
        return _ended(waiting, resolved, is_pointless=kind == "firing" and is_unheard_of)
    repeats = [one for one in waiting.behind if one.kind == "repeat"]
    if kind == "repeat" and repeats:
        return Judgement(is_sent=False, dropped=((own, _by(repeats[-1])),))
    if kind == "firing":
        return Judgement(is_sent=True, dropped=tuple((one.id, f"{SUPERSEDED} by its firing") for one in repeats))
    return Judgement(is_sent=True)


def _ended(waiting: Waiting, resolved: Behind, *, is_pointless: bool) -> Judgement:
    before = [waiting.notice.id]
    for one in waiting.behind:
        if one is resolved:
            break
        before.append(one.id)
    dropped = [(id_, _by(resolved)) for id_ in before]
    if is_pointless:
        dropped.append((resolved.id, f"{SUPERSEDED}: its firing was not delivered before it was over"))
    return Judgement(is_sent=False, dropped=tuple(dropped))


def _by(later: Behind) -> str:
    return f"{SUPERSEDED} by its {later.kind} {later.id}"
