"""What leaves the terminal: an address that is opened or copied, and a transaction that is written to a file."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from typing import Final

from tracer.reports.forms import form_of
from tracer.views import Transaction
from tui.export import default_name, problem, typed_path
from tui.keys import Keymap
from tui.look import Line, Look
from tui.screens.prompt import PromptScreen
from tui.viewer import opener

# A program that opens something else has done so by then; a browser that was started itself goes on.
_SOON_S: Final = 5.0


def launch(url: str, failed: Callable[[], None]) -> bool:
    """Open an address where a person can see it; say whether there is a program for it. No shell runs.

    `failed` is called from another thread when the program says soon that it could not.
    """
    arguments = opener(os.environ, shutil.which)
    if not arguments:
        return False
    quiet = subprocess.DEVNULL
    try:
        process = subprocess.Popen(  # noqa: S603 - a program of the person's own, and an address that was checked
            [*arguments, url], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )
    except OSError:
        return False
    threading.Thread(target=_watch, args=(process, failed), name="opener", daemon=True).start()
    return True


def _watch(process: subprocess.Popen[bytes], failed: Callable[[], None]) -> None:
    try:
        if process.wait(_SOON_S):
            failed()
    except subprocess.TimeoutExpired:
        process.wait()


def ask_export(look: Look, keymap: Keymap, transaction: Transaction) -> PromptScreen:
    """Ask where to write a transaction to; a file that is there is written over only after a second Enter."""
    name = default_name(transaction.transaction_id)
    return PromptScreen(look, keymap, "export to", _meaning, text=name, doubt=_doubt)


def _meaning(name: str) -> tuple[Line, bool]:
    wrong = problem(name)
    if wrong is not None:
        return ((f" {wrong}", "warn"),), False
    return ((" .md the report, .html as a page, .svg the waterfall, .json all of it", "dim"),), True


def _doubt(name: str) -> str | None:
    path = typed_path(name)
    is_there = problem(name) is None and path is not None and path.exists()
    return f"{name.strip()} is there already; Enter again writes over it" if is_there else None


def write(name: str, transaction: Transaction) -> str | None:
    """Write a transaction in the form that the name asks for; give what went wrong, None where nothing did."""
    path, form = typed_path(name), form_of(name.strip())
    if form is None or path is None:
        return problem(name)
    content = "".join(f"{line}\n" for line in form(transaction)).encode(errors="replace")
    try:
        path.write_bytes(content)
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}"
    return None
