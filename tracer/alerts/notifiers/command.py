"""Tells by starting a program: the notice as JSON on its standard input, its texts in SAGASCOPE_* variables.

No shell is between: an argument that is a placeholder becomes one argument, whatever its text. A program that takes
too long is killed with all that it started. The exit code says what became of the notice: 0 it is taken; 64, 65, 77, 78
(the BSD codes for wrong usage, data, permission and configuration), 126 and 127 it never will be; any other, try again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from asyncio.subprocess import STDOUT, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Self

from tracer.alerts.notice import NotDelivered, Notice, Undeliverable
from tracer.alerts.notifiers.texts import as_json, document, fill, values
from tracer.alerts.outgoing import without_secrets

MAX_OUTPUT_BYTES: Final = 16 * 1024
_FINAL: Final = frozenset({64, 65, 77, 78, 126, 127})
_CHUNK_BYTES: Final = 4096
_MAX_VALUE: Final = 32_000  # the system bounds each argument and variable


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandNotifier:
    """Implements `tracer.alerts.notice.Notifier`; `environment` is what the program sees besides the notice."""

    command: tuple[str, ...]
    timeout_s: float
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    async def send(self, notice: Notice) -> None:
        """Run the program and wait for its end."""
        texts = {name: _bare(text) for name, text in values(notice).items()}
        with _Output() as output, tempfile.TemporaryFile() as body:
            body.write(as_json(document(notice)))
            body.seek(0)
            process = await self._start(texts, body.fileno(), output.writing)
            output.begin()
            await self._finish(process, output)

    async def stop(self) -> None:
        """Nothing stays between two notices."""

    async def _start(self, texts: Mapping[str, str], stdin: int, stdout: int) -> Process:
        program, *arguments = self.command
        variables = {f"SAGASCOPE_{name.upper()}": text for name, text in texts.items()}
        try:
            return await asyncio.create_subprocess_exec(
                program,
                *(fill(argument, texts) for argument in arguments),
                stdin=stdin,
                stdout=stdout,
                stderr=STDOUT,
                env={**self.environment, **variables},
                start_new_session=True,
            )
        except (FileNotFoundError, PermissionError) as failed:
            raise Undeliverable(f"{program} cannot be started: {failed.strerror}") from failed
        except OSError as failed:
            raise NotDelivered(f"{program} cannot be started: {failed.strerror}") from failed

    async def _finish(self, process: Process, output: _Output) -> None:
        try:
            async with asyncio.timeout(self.timeout_s):
                await process.wait()
        except TimeoutError as late:
            problem = f"{self.command[0]} was killed after {self.timeout_s:g} s{output.said()}"
            raise NotDelivered(problem, maybe_taken=True) from late
        finally:
            if process.returncode is None:
                await _kill(process)
        if process.returncode == 0:
            return
        message = f"{self.command[0]} ended with {_how(process.returncode)}{output.said()}"
        if process.returncode in _FINAL:
            raise Undeliverable(message)
        raise NotDelivered(message)


class _Output:
    """A pipe of which the beginning is kept and the rest dropped, so that no program ever waits for us.

    It is ours and not asyncio's, which takes a program for running as long as anything holds its pipes open.
    """

    def __init__(self) -> None:
        self._reading, self.writing = os.pipe()
        os.set_blocking(self._reading, False)
        self._kept = bytearray()
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._loop.remove_reader(self._reading)
        os.close(self._reading)
        if self.writing >= 0:
            os.close(self.writing)

    def begin(self) -> None:
        """Leave the writing end to the program, and read."""
        os.close(self.writing)
        self.writing = -1
        self._loop.add_reader(self._reading, self._read)

    def said(self) -> str:
        """Give its first words, after what there is to read by now."""
        for _ in range(MAX_OUTPUT_BYTES // _CHUNK_BYTES):
            if not self._read():
                break
        text = without_secrets(self._kept.decode("utf-8", "replace"), ())
        return f": {text}" if text else ""

    def _read(self) -> bool:
        try:
            part = os.read(self._reading, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        if not part:
            self._loop.remove_reader(self._reading)
        self._kept.extend(part[: MAX_OUTPUT_BYTES - len(self._kept)])
        return bool(part)


async def _kill(process: Process) -> None:
    """Kill it with all that it started and did not leave its group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _bare(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:_MAX_VALUE]


def _how(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
