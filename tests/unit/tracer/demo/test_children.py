import socket
import subprocess
import sys
import time
from queue import Queue

import pytest

from tracer.demo.children import Children, DemoFailed


@pytest.fixture
def deaths():
    """Collect who died, with the exit code."""
    return Queue()


@pytest.fixture
def children(tmp_path, deaths):
    """Start processes that end with the test."""
    started = Children(tmp_path, lambda child, code: deaths.put((child.name, code)))
    yield started
    started.stop(within_s=5)


def test_ready_line(children):
    """A process says what it listens on, and the parent reads it as key and value."""
    ready = children.ready(children.start("broker", "tracer.demo.broker", "7"))

    assert list(ready) == ["bus"]


def test_a_process_that_cannot_start(children):
    """The error names the process and the last words of its log."""
    child = children.start("broker", "tracer.demo.broker", "not-a-number")

    with pytest.raises(DemoFailed, match=r"broker did not start \(exit code 1\).*ValueError.*not-a-number"):
        children.ready(child)


def test_a_death_is_told(children, deaths):
    """A process that is killed is told of, with the signal."""
    child = children.start("broker", "tracer.demo.broker", "7")
    children.ready(child)
    child.process.kill()

    assert deaths.get(timeout=10) == ("broker", -9)


def test_stop_ends_all_quietly(children, deaths):
    """Stopping ends every process but the one that is spared, then that one, and none counts as a death."""
    one, two = (children.start(name, "tracer.demo.broker", "7") for name in ("one", "two"))
    children.ready(one)
    children.ready(two)
    children.stop(but=("two",), within_s=5)
    spared = two.process.poll()
    children.stop(within_s=5)

    assert (one.process.poll(), spared, two.process.poll()) == (0, None, 0)
    assert deaths.empty()


def test_what_a_person_has_set_is_not_inherited(children, monkeypatch, tmp_path):
    """Exporter settings and Sagascope settings of the person's own shell do not reach the demo's processes."""
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    monkeypatch.setenv("SAGASCOPE_STORE__PATH", "/elsewhere")
    (tmp_path / "envshow.py").write_text(
        "import os\n"
        "found = sum(key.startswith(('OTEL_', 'SAGASCOPE_')) for key in os.environ)\n"
        "print(f'ready found={found}', flush=True)\n"
    )

    assert children.ready(children.start("envshow", "envshow")) == {"found": "0"}


def test_children_go_when_the_parent_is_killed(tmp_path):
    """When the parent is killed without a chance to clean up, its child ends by itself."""
    script = (
        "import pathlib, sys, time\n"
        "from tracer.demo.children import Children\n"
        "children = Children(pathlib.Path(sys.argv[1]), print)\n"
        "print(children.ready(children.start('broker', 'tracer.demo.broker', '7'))['bus'], flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True) as parent:
        host, port = parent.stdout.readline().strip().split(":")
        answered = _answers(host, port)
        parent.kill()

    assert answered
    assert _ends(lambda: not _answers(host, port))


def _answers(host, port):
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except ConnectionError:
        return False
    return True


def _ends(condition, patience_s=10.0):
    """Wait until something holds; say whether it came to hold in time."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return False
