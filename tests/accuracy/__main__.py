"""Measures how often the answers are right, and prints the tables.

    python -m tests.accuracy [--seed N] [--history N] [--open N] [--mode bare|learned|declared]...
                             [--show-wrong N] [--write]

The exit code is 1 when a goal is missed. `--write` puts the tables into docs/accuracy.md. `--mode bare` measures with
neither learning nor definitions; its figures are held to the goals of learning.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.accuracy.corpus import Sizes, make_corpus
from tests.accuracy.measure import measure
from tests.accuracy.report import misses, table, write
from tests.accuracy.wrong import wrong


def main(arguments: list[str]) -> int:
    """Measure and print; 1 when a goal is missed."""
    asked = _parse(arguments)
    begun_s = time.monotonic()
    corpus = make_corpus(asked.seed, Sizes(history=asked.history, open=asked.open))
    _say(f"{len(corpus.rows):,} records, {len(corpus.truths):,} open transactions; seed {asked.seed}\n")
    blocks, missed = [], []
    for mode in asked.mode or ["learned", "declared"]:
        with tempfile.TemporaryDirectory(prefix="sagascope-accuracy-") as folder:
            measured = measure(corpus, mode, Path(folder))
        blocks.append("\n".join(table(measured)))
        missed += [f"{title} ({mode})" for title in misses(measured)]
        _say(blocks[-1] + "\n")
        for line in wrong(corpus, measured, asked.show_wrong):
            _say(line)
    if asked.write:
        write(blocks)
    _say(f"missed: {', '.join(missed)}" if missed else "every goal is met")
    _say(f"{time.monotonic() - begun_s:.0f} s")
    return 1 if missed else 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy", description="How often the answers are right.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--history", type=int, default=Sizes().history, help="finished transactions of each saga")
    parser.add_argument("--open", type=int, default=Sizes().open, help="open transactions of each saga")
    parser.add_argument("--mode", action="append", choices=["bare", "learned", "declared"])
    parser.add_argument("--show-wrong", type=int, default=0, metavar="N", help="tell N wrong answers of each mode")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/accuracy.md")
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
