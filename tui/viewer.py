"""Where a trace is looked at elsewhere: the address, and the program that opens it. Pure."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

from tracer.model.links import filled, is_web
from tracer.views import Transaction

TRACE_URL: Final = "SAGASCOPE_TRACE_URL"


def trace_url(transaction: Transaction, template: str | None, trace_id: str | None = None) -> str | None:
    """Give the address of a trace: of this one, else of the transaction's last one.

    The definition's template, which the sidecar has filled, comes before the one given here. None where nothing is
    known, or what is known is no address that a browser should open.
    """
    traces = [entry.trace_id for entry in transaction.timeline if entry.trace_id]
    last = traces[-1] if traces else None
    wanted = trace_id or last
    link = transaction.links.get("trace")
    if link is not None:
        url = link.replace(quote(last, safe=""), quote(wanted, safe="")) if last and wanted else link
    elif template is not None:
        known = {"trace_id": wanted, "transaction_id": transaction.transaction_id, "saga": transaction.saga}
        found = filled(template, known)
        if found is None:
            return None
        url = found
    else:
        return None
    return url if is_web(url) else None


def opener(environ: Mapping[str, str], which: Callable[[str], str | None], platform: str = sys.platform) -> list[str]:
    """Give the program, with its arguments, that opens an address before the person's eyes; empty where there is none.

    Over ssh a browser would open on the wrong machine, and who looks through one has it already. No shell runs: the
    address is one more argument.
    """
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY") or environ.get("TEXTUAL_DRIVER"):
        return []
    if platform == "darwin":
        return ["open"]
    if browser := environ.get("BROWSER", "").split(":")[0]:
        words = [word for word in _words(browser) if word not in {"%s", "&"}]
        return words if words and which(words[0]) else []
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        return []
    found = next((path for name in ("xdg-open", "gio") if (path := which(name))), None)
    if found is None:
        return []
    return [found, "open"] if found.endswith("gio") else [found]


def _words(command: str) -> list[str]:
    """Split a command into its words; none where a quote stays open."""
    try:
        return shlex.split(command)
    except ValueError:
        return []
