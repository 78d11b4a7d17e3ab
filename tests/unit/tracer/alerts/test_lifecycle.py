"""The laws of the lifecycle: told once, repeated seldom, resolved for those who were told, whatever happens."""

from __future__ import annotations

from dataclasses import replace
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.alert_worlds import found
from tracer.alerts.alert import Acknowledged, Alert, read_alert, written
from tracer.alerts.lifecycle import Policy, advance, end, hold_ns

POLICY = Policy(
    rule="r", what="stuck", severity="warning", for_ns=0, repeat_ns=100, resolve_ns=5, to=("pager",)
)  # one unit is a second here
ACK = Acknowledged(by="ann", at_ns=0)


def live(steps, policy=POLICY, *, muted=frozenset()):
    """Let an alert live through (time, is found); the alert after it, and (time, kind) of what was told."""
    alert, told = None, []
    for at_ns, is_found in steps:
        step = advance("x", alert, found() if is_found else None, policy, at_ns=at_ns, muted=at_ns in muted)
        told += [(at_ns, step.notice)] if step.notice else []
        alert = step.alert
    return alert, told


def test_what_is_found_fires_at_once_and_ends_after_a_while():
    """Without `for` the first look fires; the end is told when it was gone long enough."""
    alert, told = live([(0, True), (1, True), (2, False), (6, False), (7, False)])

    assert told == [(0, "firing"), (7, "resolved")]
    assert (alert.state, alert.fired_ns, alert.resolved_ns, alert.peak) == ("resolved", 0, 7, 1)


def test_it_must_hold_before_it_fires():
    """With `for`, what goes before leaves nothing."""
    policy = replace(POLICY, for_ns=10)
    short, nothing = live([(0, True), (9, True), (10, False)], policy)
    alert, told = live([(0, True), (9, True), (10, True)], policy)

    assert (short, nothing) == (None, [])
    assert (alert.state, told) == ("firing", [(10, "firing")])


def test_a_short_gap_is_none():
    """What comes back before it is resolved goes on, and nobody is told."""
    alert, told = live([(0, True), (1, False), (5, False), (6, True), (10, False), (14, False)])

    assert (alert.state, told) == ("firing", [(0, "firing")])


def test_it_is_repeated_until_somebody_is_on_it():
    """After each `repeat`, not while acknowledged, and again when that is taken back."""
    alert, told = live([(0, True), (99, True), (100, True), (199, True)])
    quiet = advance("x", replace(alert, acknowledged=ACK), found(), POLICY, at_ns=500, muted=False)
    back = advance("x", replace(quiet.alert, acknowledged=None), found(), POLICY, at_ns=501, muted=False)

    assert told == [(0, "firing"), (100, "repeat")]
    assert (quiet.notice, back.notice) == (None, "repeat")


def test_a_mute_holds_the_firing_back_and_not_the_end():
    """A silence or hours: told when it ends; an end is told to those who were told, and to no one else."""
    _, late = live([(0, True), (1, True), (2, True)], muted={0, 1})
    _, never = live([(0, True), (1, False), (9, False)], muted={0, 1, 9})
    _, ended = live([(0, True), (1, False), (9, False)], muted={1, 9})

    assert late == [(2, "firing")]
    assert never == []
    assert ended == [(0, "firing"), (9, "resolved")]


def test_the_earliest_since_and_the_peak_stay():
    """The oldest transaction goes on, and what is told of the beginning does not move."""
    first = advance("x", None, found(since_ns=3, transactions=9), POLICY, at_ns=10, muted=False).alert
    later = advance("x", first, found(since_ns=7, transactions=2), POLICY, at_ns=11, muted=False).alert

    assert (later.since_ns, later.peak, later.transactions) == (3, 9, 2)


def test_a_rule_that_is_gone_ends_its_alerts():
    """Told where it was told; what was pending goes without a word."""
    firing, _ = live([(0, True)])
    pending, _ = live([(0, True)], replace(POLICY, for_ns=9))
    ended, dropped = end(firing, 4), end(pending, 4)

    assert (ended.alert.state, ended.notice, ended.to) == ("resolved", "resolved", ("pager",))
    assert ["rule is gone", "resolved"] == [one.what for one in ended.changes]
    assert (dropped.alert, dropped.notice) == (None, None)


def test_the_end_is_told_to_those_who_were_told():
    """Whoever the rule names by then."""
    firing, _ = live([(0, True)])
    gone, _ = live([(0, True), (1, False)])
    other = advance("x", gone, None, replace(POLICY, to=("chat",)), at_ns=9, muted=False)

    assert firing.told_to == other.to == ("pager",)


def test_what_nobody_hears_is_not_told():
    """A rule without notifiers fires, and the first notifier that it gets is told at once."""
    silent = advance("x", None, found(), replace(POLICY, to=()), at_ns=0, muted=False)
    heard = advance("x", silent.alert, found(), POLICY, at_ns=1, muted=False)

    assert (silent.alert.state, silent.notice, heard.notice) == ("firing", None, "firing")


def test_what_flaps_must_be_gone_longer_each_time():
    """Twice as long, up to `repeat`; after a long peace it begins anew."""
    alert, _ = live([(0, True), (1, False), (6, False), (7, True)])
    long_ago, _ = live([(0, True), (1, False), (6, False), (200, True)])
    often = replace(alert, flaps=30)

    assert (alert.flaps, hold_ns(alert, POLICY), hold_ns(often, POLICY)) == (1, 10, 100)
    assert (long_ago.flaps, hold_ns(long_ago, POLICY)) == (0, 5)


TIMES = st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=1, max_size=200)


def cumulated(gaps):
    """Give moments from the times between them."""
    at, steps = 0, []
    for gap, is_found in gaps:
        at += gap
        steps.append((at, is_found))
    return steps


@given(TIMES, st.sampled_from([0, 3, 30]))
def test_nothing_storms(gaps, for_ns):
    """However it comes and goes: firing and end alternate, repeats keep their distance, and pages are few."""
    steps = cumulated(gaps)
    _, told = live(steps, replace(POLICY, for_ns=for_ns))
    kinds = [kind for _, kind in told if kind != "repeat"]
    lasted = steps[-1][0]
    pages = [at for at, kind in told if kind in {"firing", "repeat"}]
    repeats = [(at, max(one for one in pages if one < at)) for at, kind in told if kind == "repeat"]

    assert kinds == ["firing", "resolved"] * (len(kinds) // 2) + ["firing"] * (len(kinds) % 2)
    assert all(at - before >= POLICY.repeat_ns for at, before in repeats)
    assert len(pages) <= (2 + log2(POLICY.repeat_ns / POLICY.resolve_ns)) * (1 + lasted / POLICY.repeat_ns)


@given(TIMES, st.lists(st.booleans(), min_size=200, max_size=200))
def test_every_firing_is_told_and_every_end_to_those_who_know(gaps, mutes):
    """After any life: what fires unmuted was told, and an end follows a firing that was told, once."""
    steps = cumulated(gaps)
    muted = {at for (at, _), is_muted in zip(steps, mutes, strict=False) if is_muted}
    alert, told = live(steps, muted=muted)
    kinds = [kind for _, kind in told]
    at, is_found = steps[-1]

    assert kinds.count("resolved") in {kinds.count("firing"), kinds.count("firing") - 1}
    if is_found and at not in muted:
        assert alert.notified_ns is not None
    if alert is not None and alert.state == "resolved":
        assert kinds.count("resolved") == kinds.count("firing")


@given(TIMES, st.integers(0, 199), st.integers(-100_000, 100_000))
def test_a_jump_of_the_clock_costs_at_most_one_notice_more_and_holds_none_back(gaps, place, jump):
    """Set back, nothing waits for hours that lie ahead; set forward, at most one repeat or end comes early."""
    steady = cumulated(gaps)
    jumped = [(at + (jump if number >= place else 0), is_found) for number, (at, is_found) in enumerate(steady)]
    _, usual = live(steady)
    alert, told = live(jumped)
    kinds = [kind for _, kind in told if kind != "repeat"]

    assert kinds == ["firing", "resolved"] * (len(kinds) // 2) + ["firing"] * (len(kinds) % 2)
    assert len(told) <= len(usual) + 2 + log2(POLICY.repeat_ns / POLICY.resolve_ns)
    if alert is not None and alert.state != "resolved":
        last = jumped[-1][0]
        assert max(alert.pending_ns, alert.notified_ns or last, alert.gone_ns or last) <= last


@pytest.mark.parametrize("after", [-(10**9), 10**9])
def test_a_firing_alert_goes_on_being_repeated_after_a_jump(after):
    """`repeat` counts from the jump at the latest."""
    _, told = live([(10**12, True), (10**12 + after, True), (10**12 + after + 100, True)])

    assert told[-1] == (10**12 + after + 100, "repeat")


def test_the_whole_alert_survives_being_written():
    """What is kept is what goes on after a restart."""
    alert, _ = live([(0, True), (1, True)])
    full = replace(alert, acknowledged=ACK, incident="i", value=0.5, examples=("A",), annotations={"a": "b"})

    assert read_alert(written(full).body) == full
    assert isinstance(full, Alert)
