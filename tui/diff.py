"""Which cells of a line changed: only those are sent over somebody's ssh. Pure."""

from __future__ import annotations

from rich.cells import cell_len

from tui.look import Line, width_of


def changes(old: Line, new: Line) -> list[tuple[int, int]]:
    """Give the runs of cells, as (left, width), in which two lines differ.

    Lines of the same pieces are compared piece by piece; others are one run from the first difference on.
    """
    if [cell_len(text) for text, _ in old] == [cell_len(text) for text, _ in new]:
        return _by_piece(old, new)
    same = 0
    for before, after in zip(old, new, strict=False):
        if before != after:
            break
        same += cell_len(after[0])
    width = max(width_of(old), width_of(new))
    return [(same, width - same)] if width > same else []


def _by_piece(old: Line, new: Line) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    left = 0
    for before, after in zip(old, new, strict=True):
        width = cell_len(after[0])
        if before != after and width:
            runs.append((left, width))
        left += width
    return runs
