"""A watch to try rules on."""

import pytest

from tests.alert_worlds import watched
from tests.unit.tracer.query.test_stalls import NOW_NS

PAGER = '[notifiers.pager]\ntype = "slack"\n'


@pytest.fixture
def run():
    """Give a watch with these rules over an empty store, an hour after noon."""
    open_ones = []

    def start(text='[[alerts]]\nname = "stuck"\n', **parts):
        context = watched(PAGER + text, now_ns=NOW_NS, **parts)
        open_ones.append(context)
        return context.__enter__()

    yield start
    for context in open_ones:
        context.__exit__(None, None, None)
