"""Kills a real sidecar, and the receiver that it tells, while transactions stand still and go on, and counts notices.

    python -m tests.soak.alerts [KILLS]

The last line is `told: N of N`.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.alert_kills import tell_through_kills

KILLS: Final = 20
PLACES: Final = 12
LONGEST_S: Final = 8.0
STUCK_S: Final = 26.0
SEED: Final = 20


def killed(folder: Path, kills: int, say: Callable[[str], None], *, seed: int = SEED) -> bool:
    """Kill it so often; whether every law held."""
    outcome = tell_through_kills(folder, kills=kills, places=PLACES, seed=seed, longest_s=LONGEST_S, stuck_s=STUCK_S)
    for line in outcome.lines():
        say(line)
    is_told = not outcome.complaints and outcome.told_firing + outcome.superseded == outcome.fired > 0
    say(f"{'told' if is_told else 'NOT told'}: {outcome.told_firing} of {outcome.fired - outcome.superseded}")
    return is_told


def main(arguments: list[str]) -> int:
    """Run it; 0 when everything held."""
    kills = int(arguments[0]) if arguments else KILLS

    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    with tempfile.TemporaryDirectory(prefix="sagascope-soak-") as folder:
        return 0 if killed(Path(folder), kills, say) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
