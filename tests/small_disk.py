"""A disk that is soon full, and grows again when it is told to."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A file system in memory."""

    path: Path

    def resize(self, size: int) -> None:
        """Give it another size, in bytes."""
        subprocess.run(["mount", "-o", f"remount,size={size}", self.path], check=True)

    @property
    def free(self) -> int:
        """How many bytes it can still take."""
        found = os.statvfs(self.path)
        return found.f_bavail * found.f_frsize


@contextmanager
def small_disk(path: Path, size: int) -> Iterator[SmallDisk]:
    """Mount one of `size` bytes at `path`; skip the test where that is not permitted, fail it where CI=true."""
    path.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", path], check=False, capture_output=True, text=True
    )
    if done.returncode:
        message = f"a small file system cannot be mounted (that takes root): {done.stderr.strip()}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)
