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
    """Where our attributes and the correlation keys are looked for.

    `in_body`: whether the team's own event may be elsewhere than at the top of the payload, so that the column
    `o` holds what it has of our names. `in_payload`: whether any payload of the batch may have our attributes.
    """

    def __init__(self, correlation_keys: tuple[str, ...], *, in_body: bool = True, in_payload: bool = True) -> None:
        self._keys = tuple(key for key in correlation_keys if key != ATTRIBUTES["transaction_id"])
        ours = ATTRIBUTES.values() if in_payload else ()
        self._names = tuple(dict.fromkeys((*ours, *self._keys)))
        self._in_body = in_body

    def columns(self) -> str:
        """Give the column `o`: the texts of all our names in the body of a message."""
        if not self._in_body or not self._names:
            return "NULL AS o"
        return f"json_extract_string(body, [{', '.join(literal(member(name)) for name in self._names)}]) AS o"

    def attribute(self, column: str) -> tuple[str, ...]:
        """Give where our attribute for a column may be, most trusted first; nothing where there is none."""
        if column not in ATTRIBUTES:
            return ()
        name = ATTRIBUTES[column]
        if column != "transaction_id":
            return self._both(name)
        others = (source for key in self._keys for source in (*self._both(key), *_from_baggage(key)))
        return (*self._both(name), _baggage_value(name), *others)

    def _both(self, name: str) -> tuple[str, ...]:
        header = f"header({literal(name)})"
        if name not in self._names:
            return (header,)
        place = "$." + _quoted(name)
        return header, f"o[{self._names.index(name) + 1}]" if self._in_body else f"path({literal(place)})"


def _quoted(name: str) -> str:
    return f'"{name}"'


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
