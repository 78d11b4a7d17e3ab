"""Draw the terminal's list as an SVG for the README: start the demo, wait until something is stuck, look, end it.

Usage: picture.py OUT.svg
"""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from tracer.client import Client
from tracer.errors import Unreachable
from tracer.views import TransactionQuery
from tui.picture import picture
from tui.source import connect

# The demo writes its past within seconds; what gets stuck in its present needs its threshold of a minute.
NIGHT_S: Final = 75
GIVE_UP_S: Final = 150
LOOK_EVERY_S: Final = 1.0
SIZE: Final = (110, 32)
LABEL: Final = "http://127.0.0.1:4319"


def free_address() -> str:
    """Find an address on this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def wait_for_stuck(url: str, demo: subprocess.Popen[bytes]) -> None:
    """Return when the night has lasted and something is stuck. Raises SystemExit when that does not come."""
    client = Client(url)
    began = time.monotonic()
    while time.monotonic() - began < GIVE_UP_S:
        time.sleep(LOOK_EVERY_S)
        if demo.poll() is not None:
            sys.exit(f"picture: the demo ended with {demo.returncode} before there was anything to draw")
        if time.monotonic() - began > NIGHT_S and is_stuck(client):
            return
    sys.exit(f"picture: nothing was stuck after {GIVE_UP_S} s")


def is_stuck(client: Client) -> bool:
    """Tell whether the sidecar answers and lists a stuck transaction."""
    try:
        return client.transactions(TransactionQuery(status=("stuck",), limit=1)).total > 0
    except Unreachable:
        return False


def main() -> None:
    """Draw what the demo shows."""
    out = Path(sys.argv[1])
    out.parent.mkdir(parents=True, exist_ok=True)
    api = free_address()
    command = [sys.executable, "-m", "tracer.cli.main", "demo", "--headless", "--seconds", str(GIVE_UP_S), "--api", api]
    demo = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    try:
        wait_for_stuck(f"http://{api}", demo)
        picture(connect(f"http://{api}"), screen="list", size=SIZE, out=out, url_label=LABEL)
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait()
    print(f"picture: drew {out}", file=sys.stderr)  # noqa: T201 - a program for people


if __name__ == "__main__":
    main()
