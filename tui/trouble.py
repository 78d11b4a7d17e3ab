"""What went wrong with a reading, in words for the screen. Pure."""

from __future__ import annotations

from typing import Final

from tracer.errors import Busy, NotAdmitted, NotFound, SagascopeError, StoreError, Unreachable
from tui.wants import Trouble

# The client's advice is for the commands that also read files; this one does not.
_NO_OPTION_HERE: Final = ", or read a store file with --data FILE"


def trouble_of(error: SagascopeError) -> Trouble:
    """Say what went wrong with a reading, in words for the screen."""
    if isinstance(error, (Unreachable, Busy, NotAdmitted, StoreError)):
        return Trouble(kind="away", message=str(error).replace(_NO_OPTION_HERE, ""))
    if isinstance(error, NotFound):
        return Trouble(kind="missing", message=_with_nearest(error))
    return Trouble(kind="refused", message=str(error))


def _with_nearest(error: NotFound) -> str:
    told = str(error).rstrip(".")
    if not error.nearest:
        return f"{told}, and nothing is named like it"
    return f"{told}; did you mean {' or '.join(error.nearest)}?"
