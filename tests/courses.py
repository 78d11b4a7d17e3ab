"""What history shows of a saga, told in examples: a course is written as "place pay! unplace~place"."""

from tracer.analysis.learning import LearnOptions, VariantCount, learn
from tracer.model.sagas import Mark, StepKey

WORDS = {"!": "failed", "?": "running", "-": "pending"}
PLACE, PAY, PACK, SHIP, PICKUP = (StepKey(name) for name in ("place", "pay", "pack", "ship", "pickup"))


def marks(text):
    """Read a course: ! failed, ? running, - pending, UNDO~STEP a compensation."""
    for word in text.split():
        step, _, compensates = word.rstrip("".join(WORDS)).partition("~")
        yield Mark(step, compensates, WORDS.get(word[-1], "completed"))


def course(n, text, outcome=None, overlaps=()):
    """Make the count of a course; `overlaps` name two steps each."""
    made = tuple(marks(text))
    at = {mark.step: index for index, mark in enumerate(made)}
    return VariantCount(
        marks=made, n=n, outcome=outcome, overlaps=tuple((at[one], at[other]) for one, other in overlaps)
    )


def learned(*variants, times=(), facts=(), **options):
    """Learn the saga "order"."""
    return learn("order", variants, times, facts, LearnOptions(**options))


def ways(saga):
    """Show the shares of all handoffs as {(before, after): share}."""
    return {(way.before and way.before.step, way.after.step): round(way.share, 3) for way in saga.handoffs}


def ends(saga):
    """Show the ends as (step, outcome)."""
    return [(end.key.step, end.outcome) for end in saga.ends]
