"""A window on a long column of lines: where the cursor is and which line stands on top. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewport:
    """`count` lines seen through `height` of them; the cursor is always among the ones seen."""

    count: int = 0
    height: int = 1
    cursor: int = 0
    top: int = 0

    def to(self, index: int) -> Viewport:
        """Put the cursor on a line, scrolling no further than needed."""
        cursor = max(0, min(index, self.count - 1))
        top = min(max(self.top, cursor - self.height + 1), cursor)
        return replace(self, cursor=cursor, top=self._legal(top))

    def move(self, lines: int) -> Viewport:
        """Move the cursor by so many lines."""
        return self.to(self.cursor + lines)

    def page(self, pages: float) -> Viewport:
        """Move cursor and window together by pages, keeping the cursor's place on the screen."""
        lines = int(pages * max(1, self.height - 1)) or (1 if pages > 0 else -1)
        moved = replace(self, top=self._legal(self.top + lines))
        return moved.to(self.cursor + lines)

    def scrolled(self, top: int) -> Viewport:
        """Scroll the window; the cursor stays where it is unless it would be out of sight."""
        legal = self._legal(top)
        cursor = min(max(self.cursor, legal), legal + self.height - 1)
        return replace(self, top=legal, cursor=max(0, min(cursor, self.count - 1)))

    def resized(self, height: int) -> Viewport:
        """Give the window another height."""
        return replace(self, height=max(1, height)).to(self.cursor)

    def counted(self, count: int) -> Viewport:
        """Let there be more or fewer lines."""
        return replace(self, count=max(0, count)).to(self.cursor)

    def carried(self, lines: int) -> Viewport:
        """Follow the cursor's line, which moved by so many: below the first page its place on the screen is kept."""
        moved = replace(self, top=self._legal(self.top + lines)) if self.top else self
        return moved.to(self.cursor + lines)

    def followed(self, index: int, count: int) -> Viewport:
        """Follow the cursor's line to `index` of `count` lines: its place on the screen is kept where it can be."""
        return replace(self, count=max(0, count)).carried(index - self.cursor)

    def _legal(self, top: int) -> int:
        return max(0, min(top, self.count - self.height))
