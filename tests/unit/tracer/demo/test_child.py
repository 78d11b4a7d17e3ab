import signal
import subprocess
import sys
from contextlib import ExitStack

STAND_BY = "from tracer.demo.child import stand_by; stand_by(bus='here')"


def test_a_signal_right_after_the_ready_line_is_heeded():
    """A process that is asked to end just as it begins to wait ends, and says so with 0."""
    with ExitStack() as stack:
        processes = [
            stack.enter_context(subprocess.Popen([sys.executable, "-c", STAND_BY], stdout=subprocess.PIPE, text=True))
            for _ in range(8)
        ]
        for process in processes:
            process.stdout.readline()
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(timeout=10) for process in processes]

    assert [0] * 8 == codes
