"""What the client asks about stalls, incidents, sagas and statistics."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from tests.api_fakes import serving
from tests.saga_fakes import make_flow, make_incident, make_saga, make_stall, make_stats
from tracer.api.parameters import STALL_KINDS, STALLS, STATS, check_known, duration, stall_query
from tracer.client import Client
from tracer.client.asking import stall_parameters, stats_parameters
from tracer.errors import NotFound
from tracer.views import StallQuery

NAMES = st.lists(st.text(max_size=20), max_size=2).map(tuple)
QUERIES = st.builds(
    StallQuery,
    saga=NAMES,
    owner=NAMES,
    step=NAMES,
    kind=st.lists(st.sampled_from(STALL_KINDS), max_size=3).map(tuple),
    limit=st.integers(1, 1000),
)


@given(QUERIES)
def test_the_filters_of_stalls_survive_the_way_to_the_api(query):
    """What the client writes is what the API reads."""
    written = MultiDict(stall_parameters(query))
    check_known(written, STALLS)

    assert query == stall_query(written)


@given(st.integers(8, 10**6).map(lambda whole: whole / 8))
def test_a_span_of_time_survives_the_way_to_the_api(every_s):
    """Likewise."""
    written = MultiDict(stats_parameters(saga="a", since=None, until=None, every_s=every_s))
    check_known(written, STATS)

    assert every_s == duration(written, "every", 1.0)


def test_the_answers_come_back_as_views():
    """Every question is answered in the shapes of tracer.views, and asked with what was given."""
    then = datetime(2026, 3, 1, tzinfo=UTC)
    with serving() as served:
        client = Client(served())
        served.answers.flows["a/b %"] = make_flow(saga="a/b %")

        assert (make_stall(),) == client.stalls(StallQuery(owner=("x y",))).stalls
        assert (make_incident(),) == client.incidents(StallQuery()).incidents
        assert (make_saga(),) == client.sagas().sagas
        assert make_flow(saga="a/b %") == client.flow("a/b %")
        assert '[saga."a/b %"]\n' == client.definition("a/b %")
        assert make_stats() == client.stats(saga="a&b", since=then, every_s=900.0)
        assert (StallQuery(owner=("x y",)),) == served.answers.asked[0]
        assert ("stats", "a&b", then, None, 900.0) == served.answers.asked[-1]


@pytest.mark.parametrize("question", ["flow", "definition"])
def test_an_unknown_saga_is_not_found_and_names_the_nearest(question):
    """The suggestions reach whoever asked."""
    with serving() as served, pytest.raises(NotFound, match="no saga ordr") as raised:
        getattr(Client(served()), question)("ordr")

    assert ("order-fulfilment",) == raised.value.nearest
