"""Kills real sidecars, and the broker that they read, while events come, and counts what they stored.

    python -m tests.soak.kafka [EVENTS]

Two instances in one group first, then one instance with twenty kills and two restarts of the broker; the last line
is `exactly once: N of N`.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.brokers import running_broker
from tests.kafka_kills import exactly_once

EVENTS: Final = 500_000
KILLS: Final = 20
RESTARTS: Final = 2
SEED: Final = 20


def shared(folder: Path, events: int, say: Callable[[str], None]) -> bool:
    """Kill two instances alike; whether none is missing and what both have counts once by its uid."""
    with running_broker(folder / "kafka") as broker:
        outcome = exactly_once(broker, folder, events=events, kills=KILLS // 2, restarts=1, seed=SEED, instances=2)
    both = outcome.records - outcome.different
    say(f"two instances: {outcome.different} of {events}, {both} of them in both stores")
    for line in outcome.complaints:
        say(line)
    return outcome.different == outcome.events == events and not any(outcome.codes) and not outcome.complaints


def alone(folder: Path, events: int, say: Callable[[str], None]) -> bool:
    """Kill one instance, and the broker; whether every event is stored once."""
    with running_broker(folder / "kafka") as broker:
        outcome = exactly_once(broker, folder, events=events, kills=KILLS, restarts=RESTARTS, seed=SEED)
    for line in outcome.complaints:
        say(line)
    say(f"{KILLS} kills, {RESTARTS} restarts of the broker: {outcome.records} records, {outcome.different} different")
    is_once = outcome.records == outcome.different == outcome.events == events
    say(f"{'exactly once' if is_once else 'NOT exactly once'}: {outcome.events} of {events}")
    return is_once and not any(outcome.codes) and not outcome.complaints


def main(arguments: list[str]) -> int:
    """Run both; 0 when everything held."""
    events = int(arguments[0]) if arguments else EVENTS

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # the producer's own tries while the broker is away

    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    with tempfile.TemporaryDirectory(prefix="sagascope-soak-") as first:
        is_shared = shared(Path(first), max(1, events // 5), say)
    with tempfile.TemporaryDirectory(prefix="sagascope-soak-") as second:
        is_alone = alone(Path(second), events, say)
    return 0 if is_shared and is_alone else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
