"""Our own attributes on a message: headers and top-level payload names `saga.id`, `saga.step`, ...

What a header says counts before what the payload says. `baggage` (W3C) carries the transaction id for the
correlation keys that begin with `baggage.`.
"""

from __future__ import annotations

import re
from typing import Final

from collectors.dialects.sql import literal, member

ATTRIBUTES: Final = {
    "transaction_id": "saga.id",
    "saga": "saga.name",
    "step": "saga.step",
    "phase": "saga.phase",
    "owner": "saga.owner",
    "attempt": "saga.attempt",
    "message_id": "saga.message.id",
    "causation_id": "saga.causation.id",
    "compensates": "saga.compensates",
    "outcome": "saga.outcome",
    "style": "saga.style",
}
ALIAS: Final = "saga.alias."
_BAGGAGE: Final = "baggage."
_ALIAS_FROM: Final = len(ALIAS) + 1


class Ours:
    """The expressions for our attributes and the correlation keys; `o` holds what the payload has of them."""

    def __init__(self, correlation_keys: tuple[str, ...]) -> None:
        self._keys = tuple(key for key in correlation_keys if key != ATTRIBUTES["transaction_id"])
        self._names = tuple(dict.fromkeys((*ATTRIBUTES.values(), *self._keys)))

    def columns(self, body: str) -> str:
        """Give the column `o`: the texts of all our names in the body of a message."""
        return f"json_extract_string({body}, [{', '.join(literal(member(name)) for name in self._names)}]) AS o"

    def attribute(self, column: str) -> tuple[str, ...]:
        """Give what our attribute for a column says, most trusted first; nothing where there is none."""
        if column not in ATTRIBUTES:
            return ()
        name = ATTRIBUTES[column]
        found = self._both(name)
        if column != "transaction_id":
            return found
        others = (source for key in self._keys for source in (*self._both(key), *_from_baggage(key)))
        return (*found, _baggage_value(name), *others)

    def _both(self, name: str) -> tuple[str, str]:
        return f"header({literal(name)})", f"o[{self._names.index(name) + 1}]"


def payload_aliases_sql() -> str:
    """Give the JSON object of the aliases among the top-level names of `body`, NULL where there is none."""
    value = "json_extract_string(body, '/' || replace(replace(k, '~', '~0'), '/', '~1'))"
    keys = f"list_filter(json_keys(body), lambda k: starts_with(k, '{ALIAS}') AND NULLIF({value}, '') IS NOT NULL)"
    members = f"list_transform({keys}, lambda k: to_json(k[{_ALIAS_FROM}:]) || ':' || to_json({value}))"
    whole = f"'{{' || array_to_string({members}, ',') || '}}'"
    return f"""CASE WHEN contains(value, '"{ALIAS}') THEN NULLIF({whole}, '{{}}') END"""


def _from_baggage(key: str) -> tuple[str, ...]:
    return (_baggage_value(key.removeprefix(_BAGGAGE)),) if key.startswith(_BAGGAGE) else ()


def _baggage_value(name: str) -> str:
    pattern = rf"(?:^|,)\s*{re.escape(name)}\s*=\s*([^,;\s]*)"
    return f"TRY(url_decode(regexp_extract(header('baggage'), {literal(pattern)}, 1)))"
