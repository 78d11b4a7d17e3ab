"""A real sidecar that tells a real receiver, both killed at random, and the count of what was told.

The laws: every alert that fired was told; while it fires it is told once in each `repeat`; its end is told once, to
who was told that it fired. What is told again has the same id.
"""

from __future__ import annotations

import heapq
import json
import random
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Final

import duckdb

from tests.doors import JSON, connected
from tests.faults import PATIENCE_S, Served, start, start_ready, unexpected, value
from tests.notice_receiver import Got, Receiver
from tests.receivers import free_port

THRESHOLD_S: Final = 1.0
REPEAT_S: Final = 10.0
_AT_LEAST_S: Final = 5.0  # a transaction stands for so long: longer than a receiver is ever away
_AWAY_S: Final = 1.0
_CLOCKS_S: Final = 0.05  # by which the receiver's clock is read earlier or later than the sidecar's
_RULE: Final = "transactions-stuck"
_CONFIGURATION: Final = f"""
[stalls]
default_threshold = "{THRESHOLD_S:g}s"
[alerting]
resolve_after = "1s"
repeat = "{REPEAT_S:g}s"
[notifiers.pager]
type = "webhook"
url = "{{url}}"
timeout = "2s"
"""


@dataclass(slots=True)
class Trade:
    """Transactions that stand still for a while and then go on, in places of their own; every second place comes back.

    It sends until `stop`, to whichever sidecar runs, each record again until it was acknowledged.
    """

    places: int
    seed: int
    address: str = ""
    episodes: int = 0
    longest_s: float = 26.0
    _stopping: threading.Event = field(default_factory=threading.Event)
    _abandoned: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        """Let every transaction go on, and wait until that was acknowledged."""
        self._stopping.set()
        if self._thread:
            self._thread.join()

    def abandon(self) -> None:
        """Send nothing more, whatever was not acknowledged."""
        self._stopping.set()
        self._abandoned.set()

    def _run(self) -> None:
        chance = random.Random(self.seed)
        due = [(time.monotonic() + chance.uniform(0, 3), place, 0, False) for place in range(self.places)]
        heapq.heapify(due)
        while due:
            at_s, place, turn, is_open = heapq.heappop(due)
            if self._stopping.is_set() and not is_open:
                continue
            self._stopping.wait(max(0.0, at_s - time.monotonic()))
            saga = f"saga-{place}" if place % 2 else f"saga-{place}-{turn}"
            self._send(f"{saga}-T{turn}", saga, is_over=is_open)
            self.episodes += not is_open
            pause_s = chance.uniform(0.5, 4) if is_open else chance.uniform(_AT_LEAST_S, self.longest_s)
            heapq.heappush(due, (time.monotonic() + pause_s, place, turn + is_open, not is_open))

    def _send(self, transaction: str, saga: str, *, is_over: bool) -> None:
        body = _record(transaction, saga, is_over=is_over)
        while not self._abandoned.wait(0.0 if self.address else 0.05):
            if not self.address:
                continue
            with suppress(OSError, HTTPException), connected(self.address) as connection:
                connection.request("POST", "/v1/logs", body, JSON)
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    return
            self._abandoned.wait(0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was told. `superseded` firings were over before a receiver that was away could be told."""

    kills: int
    kills_before_ready: int
    receiver_kills: int
    episodes: int
    fired: int
    told_firing: int
    superseded: int
    repeats: int
    resolved: int
    posts: int
    notices: int
    nearest_s: float  # two of one alert that fires, by the receiver's clock
    complaints: Sequence[str]

    def lines(self) -> Iterator[str]:
        """Say it."""
        yield (
            f"{self.kills} kills of the sidecar ({self.kills_before_ready} before it was ready), "
            f"{self.receiver_kills} of the receiver; {self.episodes} times a transaction stood still"
        )
        yield (
            f"{self.fired} alerts fired: {self.told_firing} told, {self.superseded} over before anybody could be told; "
            f"{self.repeats} repeats, {self.resolved} ends; {self.notices} notices in {self.posts} posts"
        )
        yield f"nearest two notices of an alert that fires: {self.nearest_s:.2f} s apart, repeat is {REPEAT_S:g} s"
        yield from self.complaints


def tell_through_kills(
    folder: Path, *, kills: int, places: int, seed: int, longest_s: float, stuck_s: float
) -> Outcome:
    """Kill the sidecar so often, each time after `longest_s` at the most, and the receiver now and then.

    Transactions stand for `stuck_s` at the most.
    """
    receiver = Receiver(port=free_port(), file=folder / "got.jsonl")
    (folder / "sagascope.toml").write_text(_CONFIGURATION.format(url=receiver.url), "utf-8")
    options = ("--config", str(folder / "sagascope.toml"))
    data, chance, trade = (
        folder / "store.duckdb",
        random.Random(seed),
        Trade(places=places, seed=seed, longest_s=stuck_s),
    )
    before_ready = receiver_kills = 0
    receiver.start()
    trade.start()
    try:
        for kill in range(kills):
            with start(data, *options) as served:
                if kill % 5 == 4:
                    time.sleep(chance.uniform(0.3, 1.5))
                    before_ready += "sidecar started" not in served.said()
                    continue
                assert served.wait_ready(), served.said()
                trade.address = served.otlp_http
                time.sleep(chance.uniform(0.1, longest_s))
                if kill % 3 == 1:
                    receiver_kills += 1
                    receiver.kill()
                    time.sleep(chance.uniform(0.1, _AWAY_S))
                    receiver.start()
        with start_ready(data, *options) as served:
            trade.address = served.otlp_http
            trade.stop()
            _wait_told(served)
            code = served.end(signal.SIGTERM)
            troubles = unexpected(served, ["unfinished write", "notifier fails"])
    finally:
        trade.abandon()
        receiver.kill()
    complaints = [f"the last sidecar ended with {code}"] * bool(code) + troubles
    return _judged(data, receiver.got(), complaints, (kills, before_ready, receiver_kills, trade.episodes))


def _wait_told(served: Served) -> None:
    """Wait until nothing fires and nothing is to be told."""
    until = time.monotonic() + PATIENCE_S
    left = (
        "SELECT (SELECT count(*) FROM alert WHERE state <> 'resolved')"
        " + (SELECT count(*) FROM delivery WHERE state = 'waiting')"
    )
    time.sleep(THRESHOLD_S)
    while value(served.client, left):
        assert time.monotonic() < until, "alerts do not end"
        time.sleep(0.2)


def _judged(data: Path, got: Sequence[Got], complaints: list[str], counts: tuple[int, int, int, int]) -> Outcome:
    with duckdb.connect(str(data), read_only=True) as connection:
        changes = connection.execute(
            "SELECT subject, at_ns, what FROM alert_change WHERE what IN ('firing', 'resolved') ORDER BY no"
        ).fetchall()
        deliveries = connection.execute(
            "SELECT id, alert, kind, created_ns, state, error FROM delivery WHERE rule = ? ORDER BY no", [_RULE]
        ).fetchall()
    first: dict[str, Got] = {}
    for one in got:
        if one.rule == _RULE:
            first.setdefault(one.id, one)
    fired = [(subject, at_ns) for subject, at_ns, what in changes if what == "firing"]
    firings = {
        (alert, at_ns): (id_, state, error) for id_, alert, kind, at_ns, state, error in deliveries if kind == "firing"
    }
    superseded = [key for key, (_, state, error) in firings.items() if state == "failed" and "superseded" in error]
    complaints += [f"fired and put into no outbox: {key}" for key in fired if key not in firings]
    complaints += [
        f"fired and not told: {key}"
        for key, (id_, _, _) in firings.items()
        if id_ not in first and key not in superseded
    ]
    complaints += [f"told and in no outbox: {id_}" for id_ in first.keys() - {one[0] for one in deliveries}]
    complaints += [
        f"delivered and not received: {one[0]}" for one in deliveries if one[4] == "delivered" and one[0] not in first
    ]
    complaints += [f"{one[4]} in the end: {one}" for one in deliveries if one[4] == "waiting"]
    nearest_s = 1e9
    of_alerts: dict[str, list[Got]] = defaultdict(list)
    for one in first.values():
        of_alerts[one.alert].append(one)
    for told in of_alerts.values():
        nearest_s = min(nearest_s, *_gaps(told, complaints))
    kinds = [one.kind for one in first.values()]
    lives, before_ready, receiver_kills, episodes = counts
    return Outcome(
        kills=lives,
        kills_before_ready=before_ready,
        receiver_kills=receiver_kills,
        episodes=episodes,
        fired=len(fired),
        told_firing=kinds.count("firing"),
        superseded=len(superseded),
        repeats=kinds.count("repeat"),
        resolved=kinds.count("resolved"),
        posts=sum(one.rule == _RULE for one in got),
        notices=len(first),
        nearest_s=nearest_s,
        complaints=complaints,
    )


def _gaps(told: Iterable[Got], complaints: list[str]) -> Iterator[float]:
    """Give the time between notices of one alert while it fires; complain of what is told in no order."""
    yield 1e9
    before: Got | None = None
    for one in told:
        is_firing = before is not None and before.kind != "resolved"
        if one.kind in {"resolved", "repeat"}:
            complaints += [f"{one.kind} without a firing: {one}"] * (not is_firing)
        elif is_firing:
            complaints.append(f"fires twice: {before}, {one}")
        if before is not None and is_firing and one.kind != "resolved":
            gap_s = one.at_s - before.at_s
            if gap_s < REPEAT_S - _CLOCKS_S:
                complaints.append(f"told again after {gap_s:.2f} s: {before}, {one}")
            yield gap_s
        before = one
    if before is not None and before.kind != "resolved":
        complaints.append(f"its end was not told: {before}")


def _record(transaction: str, saga: str, *, is_over: bool) -> bytes:
    said = {"saga.id": transaction, "saga.name": saga, "saga.step": "pay"}
    said |= {"saga.phase": "completed", "saga.outcome": "completed"} if is_over else {"saga.phase": "started"}
    attributes = [{"key": key, "value": {"stringValue": text}} for key, text in said.items()]
    record = {"timeUnixNano": str(time.time_ns()), "body": {"stringValue": "pay"}, "attributes": attributes}
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "payment"}}]}
    return json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]}).encode()
