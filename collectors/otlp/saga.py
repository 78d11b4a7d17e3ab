"""What a record's attributes say about its saga: ours, then the frameworks' and the conventions'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.otlp import keys
from collectors.otlp.attributes import Attributes
from collectors.otlp.columns import EMPTY, bools, choose, equals, valid, where
from tracer.model.words import OUTCOMES, PHASES, Style

STYLES: Final[tuple[Style, ...]] = get_args(Style)
_UNDONE: Final = (("started", "compensating"), ("completed", "compensated"), ("failed", "compensation_failed"))
_FAILED_PHASES: Final = ("failed", "timed_out", "compensation_failed", "txn_failed")
_WHOLE_TRANSACTION: Final = "txn_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saga:
    """One value a record, null where its own attributes do not say."""

    transaction_id: pa.Array
    saga: pa.Array
    step: pa.Array
    phase: pa.Array
    owner: pa.Array
    attempt: pa.Array
    message_id: pa.Array
    causation_id: pa.Array
    compensates: pa.Array
    outcome: pa.Array
    style: pa.Array
    aliases: pa.Array


def take_saga(attributes: Attributes, count: int, correlation_keys: Sequence[str]) -> Saga:
    """Take out what becomes columns; a value that is no good stays where it is."""
    nothing = pa.nulls(count, pa.string())
    return Saga(
        transaction_id=_take_transaction_id(attributes, count, correlation_keys),
        saga=_first(nothing, attributes.take_text(keys.SAGA_NAME), attributes.first_text(keys.SAGA_NAME_KEYS)),
        step=_first(nothing, attributes.take_text(keys.SAGA_STEP)),
        phase=_first(nothing, attributes.take_word(keys.SAGA_PHASE, PHASES)),
        owner=_first(nothing, attributes.take_text(keys.SAGA_OWNER)),
        attempt=_first(
            pa.nulls(count, pa.int32()),
            attributes.take_count(keys.SAGA_ATTEMPT),
            *(attributes.counted(key) for key in keys.ATTEMPT_KEYS),
        ),
        message_id=_first(
            nothing,
            attributes.take_text(keys.SAGA_MESSAGE_ID, integers=True),
            attributes.first_text(keys.MESSAGE_ID_KEYS, integers=True),
        ),
        causation_id=_first(nothing, attributes.take_text(keys.SAGA_CAUSATION_ID, integers=True)),
        compensates=_first(nothing, attributes.take_text(keys.SAGA_COMPENSATES)),
        outcome=_first(nothing, attributes.take_word(keys.SAGA_OUTCOME, OUTCOMES)),
        style=_first(nothing, attributes.take_word(keys.SAGA_STYLE, STYLES)),
        aliases=_first(nothing, attributes.take_prefixed(keys.SAGA_ALIAS_PREFIX)),
    )


def undoing(phase: pa.Array, compensates: pa.Array) -> pa.Array:
    """Read the phases of a step that undoes another one as compensating, compensated, compensation_failed."""
    undoes = compensates.is_valid()
    if not pc.any(undoes).as_py():
        return phase
    for word, undone in _UNDONE:
        phase = choose(pc.and_(undoes, equals(phase, word)), undone, phase)
    return phase


def says_failed(phase: pa.Array) -> pa.Array:
    """Tell whether a phase is a failure."""
    return pc.is_in(phase, value_set=pa.array(_FAILED_PHASES, pa.string()))


def of_a_step(phase: pa.Array) -> pa.Array:
    """Tell whether a phase can be that of a step: not one of the whole transaction."""
    return pc.invert(pc.starts_with(phase, _WHOLE_TRANSACTION))


def stand_in(step: pa.Array, name: pa.Array, may: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Let the name stand in for a step that is not said, where it may. Gives the step and `step_by`."""
    may = pc.and_(may, pc.not_equal(name, EMPTY))
    by_name = where(pc.and_(step.is_null(), may), "name")
    return pc.coalesce(step, where(may, name)), choose(step.is_valid(), "attribute", by_name)


def _take_transaction_id(attributes: Attributes, count: int, correlation_keys: Sequence[str]) -> pa.Array:
    found = pa.nulls(count, pa.string())
    for key in correlation_keys:
        text = attributes.text(key, integers=True)
        if text is None:
            continue
        if key == keys.SAGA_ID:
            attributes.drop(key, np.logical_and(valid(text), bools(found.is_null())))
        found = text if found.null_count == count else pc.coalesce(found, text)
    return found


def _first(nothing: pa.Array, *columns: pa.Array | None) -> pa.Array:
    some = [column for column in columns if column is not None]
    return pc.coalesce(*some) if some else nothing
