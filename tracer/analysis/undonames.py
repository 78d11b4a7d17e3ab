"""Names that tell of something being taken back: `InventoryReleased`, `refund-payment`, `order.cancelled`.

A guess, for sagas whose records name events and nothing more; it is only asked about steps that few transactions take.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

_WORDS: Final = frozenset(
    {
        "release",
        "released",
        "refund",
        "refunded",
        "cancel",
        "canceled",
        "cancelled",
        "cancellation",
        "reverse",
        "reversed",
        "reversal",
        "void",
        "voided",
        "compensate",
        "compensated",
        "compensation",
        "rollback",
        "undo",
        "undone",
        "revoke",
        "revoked",
        "restore",
        "restored",
        "withdraw",
        "withdrawn",
        "delete",
        "deleted",
        "remove",
        "removed",
        "reopen",
        "reopened",
        "unreserve",
        "unreserved",
        "unlock",
        "unlocked",
        "unblock",
        "unblocked",
        "abort",
        "aborted",
        "revert",
        "reverted",
        "cancelling",
        "compensating",
        "refunding",
        "releasing",
        "reverting",
    }
)
_PAIRS: Final = frozenset({("roll", "back"), ("rolled", "back"), ("rolling", "back")})
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_MAX_LENGTH: Final = 200


def is_undo_name(name: str) -> bool:
    """Whether a step's or an event's name has a word that says that something is taken back."""
    words = [word.lower() for word in _WORD.findall(name[:_MAX_LENGTH])]
    return any(word in _WORDS for word in words) or any(pair in _PAIRS for pair in pairwise(words))
