"""Whose turn it is on a busy machine: a person who asks comes before the work that can wait."""

from __future__ import annotations

import os
import sys
import threading
from typing import Final

NICENESS: Final = 10


def give_way() -> None:
    """Lower the priority of the calling thread, where the system ranks threads by themselves (Linux)."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        least = max(NICENESS, os.getpriority(os.PRIO_PROCESS, thread))  # raising it again would take rights
        os.setpriority(os.PRIO_PROCESS, thread, least)
