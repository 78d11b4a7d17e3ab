"""The only writer of stderr and the only place that chooses an exit code.

0 fine; 1 a check asked for with --fail-if-any found something; 2 usage or configuration; 3 not found;
4 sidecar or store not reachable, or not able to answer now; 70 a defect of Sagascope itself; 130
interrupted.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, Final

import click

from tracer.errors import NotFound, SagascopeError, UsageError
from tracer.model.text import clean

FINE: Final = 0
FOUND: Final = 1
USAGE: Final = 2
NOT_FOUND: Final = 3
UNREACHABLE: Final = 4
DEFECT: Final = 70
INTERRUPTED: Final = 130


class FoundSomething(SagascopeError):
    """The check found something."""


class ReaderLeft(SagascopeError):
    """Whoever read the output has closed it."""


def run(command: Callable[[], object]) -> int:
    """Run a command and give its exit code; whatever goes wrong becomes one line on stderr."""
    try:
        command()
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as ended:  # noqa: BLE001  the last door: each ending has its exit code
        return next(end(ended) for kind, end in _ENDINGS if isinstance(ended, kind))
    return FINE


def note(line: str) -> None:
    """Write one line for a person on stderr."""
    sys.stderr.write(f"{clean(line)}\n")
    sys.stderr.flush()


def progress(line: str) -> None:
    """Write over the line that tells a person how far it is; nothing where nobody looks, and "" takes it away."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{clean(line)}")
        sys.stderr.flush()


def _defect(defect: BaseException) -> int:
    note("this is a defect of sagascope; please report it with these lines:")
    for line in "".join(traceback.format_exception(defect)).rstrip("\n").split("\n"):
        note(line)
    return DEFECT


def _refuse(message: str, code: int) -> int:
    note(f"sagascope: {' '.join(message.split())}")
    return code


def _code(failed: SagascopeError) -> int:
    if isinstance(failed, UsageError):
        return USAGE
    return NOT_FOUND if isinstance(failed, NotFound) else UNREACHABLE


def _message(failed: SagascopeError) -> str:
    if isinstance(failed, NotFound) and failed.nearest:
        return f"{failed}; did you mean {' or '.join(failed.nearest)}?"
    return str(failed)


def _click_message(usage: click.ClickException) -> str:
    context = getattr(usage, "ctx", None)
    hint = f" (see `{context.command_path} --help`)" if context else ""
    return " ".join(usage.format_message().split()).rstrip(".") + hint


def _reader_left(_left: BaseException) -> int:
    """Whoever read our output has closed it (`| head`): nothing more to say, also not at interpreter exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return FINE


# Tried in this order: an error before its bases.
_ENDINGS: Final[tuple[tuple[type[BaseException], Callable[[Any], int]], ...]] = (
    (FoundSomething, lambda _: FOUND),
    (ReaderLeft, _reader_left),
    (BrokenPipeError, _reader_left),
    (SagascopeError, lambda failed: _refuse(_message(failed), _code(failed))),
    (click.exceptions.Exit, lambda asked: int(asked.exit_code)),
    (click.ClickException, lambda usage: _refuse(_click_message(usage), USAGE)),
    (click.Abort, lambda _: INTERRUPTED),
    (KeyboardInterrupt, lambda _: INTERRUPTED),
    (BaseException, _defect),
)
