"""Writes a text to the file that a person named, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tracer.cli import output
from tracer.errors import UsageError
from tracer.model.text import clean


def write_text(file: Path | None, lines: Iterable[str], *, overwrite: bool = True) -> None:
    """Write lines to a file and say so, or to stdout where there is none.

    Raises UsageError where it cannot be written, or is there already and must not be written over.
    """
    content = "".join(f"{line}\n" for line in lines).encode(errors="replace")
    if file is None:
        output.write_document(content)
        return
    try:
        with file.open("wb" if overwrite else "xb") as out:
            out.write(content)
    except FileExistsError as there:
        raise UsageError(f"{file} is there already: name another file, or give --force to write over it") from there
    except OSError as failed:
        raise UsageError(f"--out {file} cannot be written: {failed.strerror}") from failed
    output.write_lines([f"wrote {clean(str(file))}"])
