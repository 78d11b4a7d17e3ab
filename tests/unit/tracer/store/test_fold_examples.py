"""Worlds in which the fold once went wrong, or could."""

from contextlib import closing

import pytest

from tests.oracle import tell
from tests.worlds import NOON_NS, Lab, as_places, as_rows


@pytest.fixture
def lab():
    with closing(Lab()) as lab:
        yield lab


def record(n, **columns):
    """Make an event of the n-th second, known by its position."""
    common = {"kind": "event", "phase": "observed", "name": "n", "source": "test", "received_ns": NOON_NS}
    return common | {"uid": f"u{n}", "position": str(n), "at_ns": NOON_NS + n} | columns


def span(n, **columns):
    """Make a finished span that begins in the n-th second."""
    return record(n, kind="span", phase="completed", until_ns=NOON_NS + n + 1, uid=None) | columns


def holds(lab, *batches):
    """Take the batches in, one fold each, and hold what comes of it against the oracle."""
    for batch in batches:
        lab.take(batch)
    told = [one for batch in batches for one in batch]
    expected = tell(told)

    assert as_places(expected, told) == lab.places()
    assert as_rows(expected) == lab.transactions()
    return lab.transactions()


def test_a_span_without_a_kind_is_no_execution(lab):
    """A finished span that does not say its kind folds like an internal one."""
    rows = holds(lab, [span(1, transaction_id="A", step="pay")])

    assert "completed" == rows["A"]["state"]
