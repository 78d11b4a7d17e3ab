"""What one envelope says about a message, as SQL expressions that the decoder compiles into its projection.

An expression sees one message, a row of the relation `m`:

=============  ====================  ==========================================================================
column         type                  meaning
=============  ====================  ==========================================================================
`topic`        VARCHAR               topic, queue or subject; of a dead letter the one that it was in before
`partition`    INTEGER               0 where the broker has none (write it quoted: `"partition"`)
`"offset"`     BIGINT                a number that only grows (quoted)
`at_ns`        BIGINT                the broker's own time of the message
`key`          VARCHAR               NULL where there is none or it is not UTF-8
`value`        VARCHAR               NULL for a tombstone and where it is not UTF-8
`payload`      JSON                  the value as JSON; NULL where it is not valid JSON. A JSON string that
                                     holds a JSON object or array is taken as that object or array
                                     (so is a member `payload` of an envelope that begins with it or `headers`)
`headers`      MAP(VARCHAR, VARCHAR) the first header of each name; those that are not UTF-8 are left out
`schema_ref`   VARCHAR               what the unwrap stage (a schema registry) said of the schema, else NULL
=============  ====================  ==========================================================================

and may use, with a literal argument in single quotes:

* `path('$.a.b[0]')`: text of a place in the payload (a string without its quotes, anything else as JSON);
  NULL where it is absent or JSON null. A name that is not plain is written `$."a.b"`.
* `node('$.a')`: the same place as JSON; NULL where it is absent or JSON null.
* `header('NAME')`: text of a header, exact in case; NULL where it is absent.

All places and headers of all expressions are looked up together, each once a message, so name them as often
as you like. An expression must not raise: use TRY_CAST and TRY(...). Text that is empty counts as absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# The columns that a dialect may name. Every expression gives VARCHAR, and the decoder checks what it gave:
# `phase`, `outcome`, `style` and `status` must be words of `tracer.model.words` ("unset", "ok", "error" for
# status), `attempt` a whole number from 1; a value that is none is ignored, and stays in the attributes.
# `at_ns` is a time as text: ISO 8601, or a number of seconds, milliseconds, microseconds or nanoseconds.
# `aliases` is the text of a JSON object {kind: id}. `traceparent` is a W3C traceparent (the header of that
# name is taken by itself).
COLUMNS: Final = (
    "transaction_id", "saga", "step", "phase", "owner", "name", "at_ns", "attempt", "message_id",
    "causation_id", "status", "error", "schema_ref", "compensates", "outcome", "style", "aliases",
    "traceparent",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One envelope: how it is recognised and what its fields mean.

    `recognises` is a condition that is NULL or false for other messages. `columns` gives an expression for
    each of `COLUMNS` that the envelope says; where one is NULL, and for columns that are not named, what the
    team mapped, our own attributes (`saga.id`, ...) and the correlation keys among headers and payload count.
    The order for a value: the mapping, our own attributes, for the transaction id the correlation keys, and
    then the dialect. `refuses` gives the reason why a message of this dialect cannot be read, NULL where
    it can. `body` is the place of the team's own event in the payload (`$.message`): our own attributes and
    the correlation keys are looked for there, too.
    """

    name: str
    recognises: str
    columns: Mapping[str, str]
    refuses: str | None = None
    body: str | None = None
