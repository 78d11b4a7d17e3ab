"""How the benchmarks tell their figures."""

from __future__ import annotations


class Report:
    """Prints a line for each figure and remembers which missed its mark."""

    def __init__(self) -> None:
        self._missed: list[str] = []

    def say(self, text: str) -> None:
        """Print a line that is no figure."""
        print(text, flush=True)

    def at_least(self, name: str, value: float, mark: float, unit: str, note: str = "") -> None:
        """Tell a figure that should not be below its mark."""
        self._line(name, value, unit, f"at least {mark:,.4g}", note, met=value >= mark)

    def at_most(self, name: str, value: float, mark: float, unit: str, note: str = "") -> None:
        """Tell a figure that should not be above its mark."""
        self._line(name, value, unit, f"at most {mark:,.4g}", note, met=value <= mark)

    def _line(self, name: str, value: float, unit: str, mark: str, note: str, *, met: bool) -> None:
        shown = f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
        print(f"{'ok    ' if met else 'MISSED'} {name:<46} {shown:>10} {unit:<9} ({mark}) {note}".rstrip(), flush=True)
        if not met:
            self._missed.append(name)

    def close(self) -> int:
        """Say what missed its mark; the exit code."""
        print(f"missed: {', '.join(self._missed)}" if self._missed else "every figure met its mark")
        return 1 if self._missed else 0
