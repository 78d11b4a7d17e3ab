"""Runs the benchmarks and prints each figure beside its floor or its limit.

    python -m tests.bench [ingest] [small] [show] [ls] [start] [kafka] [tick] [lessons] [judged] [alerts] [storm] [told]
                          [tui]

(all of them when none is named)

Figures depend on the machine and on what else runs there: compare the ratios.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.bench import alerts, ingest, judging, kafka, reading, starting, storm, telling, terminal
from tests.bench.report import Report

PARTS = {
    "ingest": ingest.large_batches,
    "small": ingest.small_batches,
    "show": reading.show_among_many,
    "ls": reading.list_among_many,
    "start": starting.commands,
    "kafka": kafka.events,
    "tick": judging.tick,
    "lessons": judging.lessons,
    "judged": judging.ingest,
    "alerts": alerts.watch,
    "storm": storm.storm,
    "told": telling.tell,
    "tui": terminal.screens,
}


def main(names: list[str]) -> int:
    """Run the named parts; 1 when a figure misses its floor."""
    if unknown := set(names) - PARTS.keys():
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    report = Report()
    for name in names or PARTS:
        with tempfile.TemporaryDirectory(prefix="sagascope-bench-") as folder:
            PARTS[name](Path(folder), report)
    return report.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
