"""Programs that are started for notices: what they are given, and what becomes of those that misbehave."""

from __future__ import annotations

import asyncio
import json
import os
import time

import pytest

from tests.alert_fakes import notice
from tests.receivers import make, program
from tracer.alerts.notice import NotDelivered, Undeliverable
from tracer.alerts.notifiers.texts import document

pytestmark = pytest.mark.integration


def script(folder, text):
    """Write a shell script."""
    path = folder / "page"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def send(folder, path, *arguments, one=None, timeout="5s"):
    """Run the program for one notice."""
    command = json.dumps([str(path), *arguments])
    notifier = make(folder, f'type = "exec"\ncommand = {command}\ntimeout = "{timeout}"\n')
    asyncio.run(notifier.send(one or notice()))


def test_it_is_given_the_notice_in_three_ways(tmp_path, monkeypatch):
    """As arguments, as JSON on its standard input, and in variables; Sagascope's own variables are not passed on."""
    monkeypatch.setenv("SAGASCOPE_API__TOKEN", "secret")
    one = notice(title="$(touch pwned); `id` 'x' \"y\" *")
    send(tmp_path, program(tmp_path, "take"), "--title", "{title}", "{severity}", one=one)
    arguments, body, variables = json.loads((tmp_path / "given.json").read_text())

    assert ["--title", one.title, "warning"] == arguments
    assert document(one) == body
    assert ("firing", "o-1, o-2") == (variables["SAGASCOPE_KIND"], variables["SAGASCOPE_EXAMPLES"])
    assert "SAGASCOPE_API__TOKEN" not in variables


def test_one_that_hangs_is_killed_with_all_that_it_started(tmp_path):
    """Its children, too."""
    path = script(tmp_path, f"sleep 60 & echo $! > {tmp_path}/child; echo started; wait")
    began = time.monotonic()

    with pytest.raises(NotDelivered, match=r"killed after 0.5 s: started"):
        send(tmp_path, path, timeout="500ms")
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        if not is_running(child):
            break
        time.sleep(0.02)

    assert not is_running(child)
    assert time.monotonic() - began < 4.0


def is_running(pid):
    """Whether a process is there and not merely waiting to be reaped."""
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123  a file of the kernel
            return stat.read().split()[2] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_output_is_bounded(tmp_path):
    """A program that writes without end to its last breath is neither held up nor kept in memory."""
    with pytest.raises(NotDelivered, match=r"exit code 1: xxx") as raised:
        send(tmp_path, script(tmp_path, "head -c 20000000 /dev/zero | tr '\\0' x; exit 1"))

    assert len(str(raised.value)) < 400


def test_one_that_reads_nothing_and_leaves_a_child_behind_is_fine(tmp_path):
    """Its exit code counts."""
    big = notice(text="x" * 2_000_000)
    began = time.monotonic()
    send(tmp_path, script(tmp_path, "exec <&-; sleep 3 & exit 0"), one=big)

    assert time.monotonic() - began < 2.0


@pytest.mark.parametrize(
    ("ends", "kind", "words"),
    [
        ("exit 1", NotDelivered, "code 1"),
        ("exit 78", Undeliverable, "code 78"),
        ("kill -9 $$", NotDelivered, "signal 9"),
    ],
)
def test_the_exit_code_says_whether_another_try_helps(tmp_path, ends, kind, words):
    """As sendmail and others have it."""
    with pytest.raises(kind, match=words):
        send(tmp_path, script(tmp_path, ends))
