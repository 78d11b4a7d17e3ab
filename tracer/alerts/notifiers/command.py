"""Tells by starting a program: the notice as JSON on its standard input, its texts in SAGASCOPE_* variables.

No shell is between: an argument that is a placeholder becomes one argument, whatever its text. A program that takes
too long is killed with all that it started. The exit code says what became of the notice: 0 it is taken; 64, 65, 77, 78
(the BSD codes for wrong usage, data, permission and configuration), 126 and 127 it never will be; any other, try again.
"""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from tracer.alerts.notice import NotDelivered, Notice, Undeliverable
from tracer.alerts.notifiers.texts import as_json, document, fill, values
from tracer.alerts.outgoing import without_secrets

MAX_OUTPUT_BYTES: Final = 16 * 1024
_FINAL: Final = frozenset({64, 65, 77, 78, 126, 127})
_LINGER_S: Final = 0.2
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
        program, *arguments = self.command
        variables = {f"SAGASCOPE_{name.upper()}": text for name, text in texts.items()}
        try:
            process = await asyncio.create_subprocess_exec(
                program,
                *(fill(argument, texts) for argument in arguments),
                stdin=PIPE,
                stdout=PIPE,
                stderr=STDOUT,
                env={**self.environment, **variables},
                start_new_session=True,
            )
        except (FileNotFoundError, PermissionError) as failed:
            raise Undeliverable(f"{program} cannot be started: {failed.strerror}") from failed
        except OSError as failed:
            raise NotDelivered(f"{program} cannot be started: {failed.strerror}") from failed
        await self._finish(process, as_json(document(notice)))

    async def stop(self) -> None:
        """Nothing stays between two notices."""

    async def _finish(self, process: Process, body: bytes) -> None:
        output = bytearray()
        reading = asyncio.create_task(_read(process, output))
        try:
            async with asyncio.timeout(self.timeout_s):
                await _write(process, body)
                await process.wait()
        except TimeoutError as late:
            problem = f"{self.command[0]} was killed after {self.timeout_s:g} s{_said(output)}"
            raise NotDelivered(problem, maybe_taken=True) from late
        finally:
            if process.returncode is None:
                await _kill(process)
            await _end(reading)
        if process.returncode == 0:
            return
        message = f"{self.command[0]} ended with {_how(process.returncode)}{_said(output)}"
        if process.returncode in _FINAL:
            raise Undeliverable(message)
        raise NotDelivered(message)


async def _write(process: Process, body: bytes) -> None:
    """Give the body; a program need not read it."""
    stdin = process.stdin
    if stdin is None:
        return
    with suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(body)
        await stdin.drain()
    stdin.close()


async def _read(process: Process, output: bytearray) -> None:
    """Keep the beginning of what it writes, and drop the rest, so that it never waits for us."""
    while process.stdout is not None and (part := await process.stdout.read(4096)):
        output.extend(part[: MAX_OUTPUT_BYTES - len(output)])


async def _kill(process: Process) -> None:
    """Kill it with all that it started and did not leave its group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def _end(reading: asyncio.Task[None]) -> None:
    """Wait a moment for the last output; a program that stays behind may hold it open for ever."""
    await asyncio.wait([reading], timeout=_LINGER_S)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


def _bare(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:_MAX_VALUE]


def _how(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _said(output: bytearray) -> str:
    text = without_secrets(output.decode("utf-8", "replace"), ())
    return f": {text}" if text else ""
