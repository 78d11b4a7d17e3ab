"""How long something takes when some of it is not over yet."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.analysis.survival import BUCKETS_PER_DOUBLING, Observed, middle_s, survival, timing, upper_edge_s
from tracer.model.sagas import Timing

SECOND = math.floor(math.log2(1_000_000_000) * BUCKETS_PER_DOUBLING)  # the bucket of a second
HOUR = math.floor(math.log2(3_600_000_000_000) * BUCKETS_PER_DOUBLING)
QUANTILES = (Fraction(1, 2), Fraction(9, 10), Fraction(19, 20), Fraction(99, 100))

single = st.tuples(st.integers(0, 8), st.booleans())
people = st.lists(single, min_size=1, max_size=40)
weighted = st.lists(
    st.builds(Observed, st.integers(0, 8), st.integers(1, 20).map(float), st.booleans()), min_size=1, max_size=12
)


def slow_limit(everybody, quantile):
    """Walk through time one bucket at a time and ask everybody; in exact fractions."""
    still = Fraction(1)
    for now in sorted({bucket for bucket, is_censored in everybody if not is_censored}):
        at_risk = [one for one in everybody if one[0] >= now]
        ended = [one for one in at_risk if one == (now, False)]
        still *= Fraction(len(at_risk) - len(ended), len(at_risk))
        if still <= 1 - quantile:
            return upper_edge_s(now)
    return None


def each(everybody):
    """Count everybody by themselves."""
    return [Observed(bucket, 1.0, censored) for bucket, censored in everybody]


@given(people, st.sampled_from(QUANTILES))
def test_is_the_estimate_of_kaplan_and_meier(everybody, quantile):
    """The limit is the one that asking everybody at every moment gives."""
    assert slow_limit(everybody, quantile) == timing(each(everybody), float(quantile)).limit_s


@given(st.lists(st.integers(0, 8), min_size=1, max_size=40), st.sampled_from(QUANTILES))
def test_is_the_ordinary_quantile_of_what_has_ended(buckets, quantile):
    """With nothing censored the limit is the value that so many of the sorted ones do not pass."""
    ordinary = sorted(buckets)[math.ceil(quantile * len(buckets)) - 1]

    assert upper_edge_s(ordinary) == timing(each((one, False) for one in buckets), float(quantile)).limit_s


@given(weighted, st.data())
def test_the_order_of_observations_changes_nothing(observed, data):
    """Not even the last digit of a weight."""
    assert timing(observed, 0.99) == timing(data.draw(st.permutations(observed)), 0.99)


@given(weighted, st.sampled_from([0.1, 0.3, 3.0, 7.7, 1e6]))
def test_weights_count_only_among_each_other(observed, factor):
    """Multiplying all weights changes no quantile."""
    scaled = timing([one._replace(n=one.n * factor) for one in observed], 0.99)
    as_it_was = timing(observed, 0.99)

    assert (as_it_was.p50_s, as_it_was.p95_s, as_it_was.limit_s) == (scaled.p50_s, scaled.p95_s, scaled.limit_s)


@given(weighted, st.integers(0, 8), st.integers(1, 20))
def test_what_is_still_open_makes_nothing_look_faster(observed, bucket, n):
    """One more that is open after every other one ended can only raise the estimate."""
    without = timing(observed, 0.9).limit_s
    more = timing([*observed, Observed(8 + bucket, float(n), censored=True)], 0.9).limit_s

    assert without is None or more is None or without <= more
    assert without is not None or more is None


def test_everybody_stuck_is_not_fast():
    """Ten got through in a second and ninety have stood there for an hour: nobody knows how long it takes."""
    stuck = [Observed(SECOND, 10.0), Observed(HOUR, 90.0, censored=True)]

    assert Timing(n=100.0, censored=90.0, p50_s=None, p95_s=None, limit_s=None) == timing(stuck, 0.99)


def test_who_only_just_began_does_not_slow_it_down():
    """Ninety that are open for a moment say nothing about the hours."""
    begun = [Observed(SECOND, 10.0), Observed(0, 90.0, censored=True)]

    assert upper_edge_s(SECOND) == timing(begun, 0.99).limit_s


def test_what_is_open_in_a_bucket_was_at_risk_in_it():
    """One of two ended in the bucket, the other one is still open: half take longer."""
    assert [(3, 0.5)] == list(survival([Observed(3, 1.0), Observed(3, 1.0, censored=True)]))


def test_middle_and_edge_of_a_bucket():
    """A limit is what nothing in the bucket reaches; a usual time is its geometric middle."""
    timed = timing([Observed(120, 1.0)], 0.99)

    assert pytest.approx(2**30.25 / 1e9) == timed.limit_s
    assert pytest.approx(math.sqrt(2**30 * 2**30.25) / 1e9) == timed.p50_s
    assert middle_s(120) == timed.p95_s


@pytest.mark.parametrize("n", [0.0, -1.0, math.nan])
def test_no_weight_is_no_observation(n):
    """What has decayed to nothing counts neither as ended nor as open."""
    nothing = (Observed(9, n), Observed(9, n, censored=True))

    assert timing([Observed(1, 2.0)], 0.99) == timing([Observed(1, 2.0), *nothing], 0.99)


def test_nothing_observed_says_nothing():
    """No observation gives no quantile."""
    assert Timing(n=0, censored=0, p50_s=None, p95_s=None, limit_s=None) == timing([], 0.99)
