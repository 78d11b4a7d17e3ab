"""Runs a module as a program that ends when its parent does: `python -m tracer.demo.leash MODULE ARG...`.

Standard input is the reading end of a pipe that only the parent can write to. When the parent ends, in
whatever way, the pipe does too: the program gets SIGTERM, and a while later, if it is still there, the end.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
from threading import Thread
from time import sleep
from typing import Final

GRACE_S: Final = 10.0
_STDIN: Final = 0
_PAGE: Final = 4096


def main() -> None:
    """Put the leash on and become the module."""
    Thread(target=_follow_parent, name="leash", daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _follow_parent() -> None:
    while os.read(_STDIN, _PAGE):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    sleep(GRACE_S)
    os._exit(1)


if __name__ == "__main__":
    main()
