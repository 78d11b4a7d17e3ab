"""Situations and declared sagas, told in examples: a situation is written as "place pay!2 ship? unplace~place"."""

import re

from tracer.analysis.judging import judge
from tracer.model.sagas import DeclaredSaga, DeclaredStep, DeclaredUndo, Limits, Mark

WORDS = {"": "completed", "!": "failed", "?": "running", "-": "pending", "@": "waiting", "%": "retrying"}
LIMITS = Limits(default_s=300.0, factor=2.0, floor_s=1.0, min_samples=30, retries=3)
_MARK = re.compile(r"([\w-]*\w)(?:~([\w-]*\w))?([!?@%-]?)(\d*)")


def at(text):
    """Read a situation: ! failed, ? running, - pending, @ waiting, % retrying; a digit counts the attempts."""
    parts = [_MARK.fullmatch(word) for word in text.split()]
    return tuple(Mark(part[1], part[2] or "", WORDS[part[3]], int(part[4] or 1)) for part in parts)


def step(name, after="", undo="", undo_s=None, **more):
    """Make a step, after those that `after` names, undone by `undo`."""
    compensation = DeclaredUndo(step=undo, owner=f"{undo}-owner", deadline_s=undo_s) if undo else None
    return DeclaredStep(name=name, owner=f"{name}-owner", after=tuple(after.split()), compensation=compensation, **more)


def saga(*steps, **more):
    """Declare the saga "order"."""
    return DeclaredSaga(name="order", steps=steps, **more)


def judged(text, declared=None, learned=None, limits=LIMITS):
    """Judge a situation."""
    return judge(at(text), declared, learned, limits)


def shown(verdict):
    """Show what follows: the end, or the places as "STEP~UNDONE kind"."""
    return verdict.ends or [f"{_key(place)} {place.kind}" for place in verdict.places]


def coming(verdict):
    """Show what remains."""
    return [_key(one) for one in verdict.remaining]


def _key(one):
    return f"{one.step}~{one.compensates}" if one.compensates else one.step
