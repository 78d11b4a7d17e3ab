"""The last stages of the projection: from what the sources say to a record's columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, get_args

from collectors.dialects import shapes
from collectors.dialects.sql import NULL, literal, one_of
from tracer.model.words import OUTCOMES, PHASES, Style

# What a record gets from a message. Besides: `traceparent`, `refusal` (null: none), `is_record`, `dialect` (an index).
RECORD: Final = (
    "uid", "transaction_id", "saga", "step", "step_by", "owner", "phase", "name", "at_ns", "attempt",
    "message_id", "causation_id", "status", "error", "schema_ref", "compensates",
    "outcome", "style", "aliases", "attributes",
)  # fmt: skip
OUTPUT: Final = (*RECORD, "traceparent", "refusal", "is_record", "dialect")
# Columns that take any text, and those whose texts are checked.
TEXTS: Final = (
    "transaction_id", "saga", "step", "owner", "name", "message_id", "causation_id", "error", "schema_ref",
    "compensates",
)  # fmt: skip
CHECKED: Final = ("phase", "outcome", "style", "status", "attempt", "at_ns")
RULE_KEYS: Final[Mapping[str, str]] = {"at_ns": "time"}  # where a rule names a column otherwise
_STATUSES: Final = ("unset", "ok", "error")
_FAILED: Final = ("failed", "timed_out", "compensation_failed", "txn_failed")
_TIMES: Final = ("mapped_at_ns", "dialect_at_ns")
_ALIASES: Final = ("mapped_aliases", "header_aliases", "payload_aliases", "dialect_aliases")
_SHOWN: Final = 16  # characters or bytes of a value that is no JSON
_CONFLUENT_BYTES: Final = 5  # the header of the Confluent wire format: a zero and the schema's id


def object_sql(members: Iterable[tuple[str, str]]) -> str:
    """Give the text of a JSON object of the texts that are there, NULL where none is."""
    # A name of configuration becomes JSON by SQL, too: it is a literal.
    listed = ", ".join(f"to_json({literal(name)}) || ':' || to_json(NULLIF({text}, ''))" for name, text in members)
    return f"NULLIF('{{' || concat_ws(',', {listed}) || '}}', '{{}}')" if listed else NULL


def checked(there: Collection[str]) -> Iterator[str]:
    """Check what was said; `there` are the columns of the sources that are not always null."""
    words = {"phase": PHASES, "outcome": OUTCOMES, "style": get_args(Style), "status": _STATUSES}
    for column, known in words.items():
        yield f"{shapes.word_sql(_three(column, there), known)} AS s_{column}"
    yield f"{shapes.count_sql(_three('attempt', there))} AS s_attempt"
    for source in _there(_TIMES, there):
        yield f"{shapes.number_sql(source)} AS number_{source}"
    yield f"{_refusal()} AS refusal"


def judged() -> Iterator[str]:
    """Say what follows from what was said."""
    failed = "CASE WHEN s_compensates IS NULL THEN 'failed' ELSE 'compensation_failed' END"
    phase = shapes.undone_sql("coalesce(s_phase, 'observed')", "s_compensates")
    yield f"CASE WHEN dead THEN {failed} ELSE {phase} END AS phase"
    yield "CASE WHEN dead THEN coalesce(dead_error, s_error) ELSE s_error END AS error"


def final(there: Collection[str]) -> Iterator[str]:
    """Give `OUTPUT`, by name."""
    instants = [shapes.instant_sql(text, f"number_{text}") for text in _there(_TIMES, there)]
    by_name = (
        "s_step IS NULL AND s_transaction_id IS NOT NULL AND s_name IS NOT NULL AND NOT starts_with(phase, 'txn_')"
    )
    yield """place || '/' || "partition" || '/' || "offset" AS uid"""
    yield from (f"s_{name} AS {name}" for name in ("transaction_id", "saga", "message_id", "causation_id"))
    yield from (f"s_{name} AS {name}" for name in ("schema_ref", "compensates", "style", "attempt"))
    yield f"CASE WHEN {by_name} THEN s_name ELSE s_step END AS step"
    yield f"CASE WHEN s_step IS NOT NULL THEN 'attribute' WHEN {by_name} THEN 'name' END AS step_by"
    yield "CASE WHEN dead THEN coalesce(dead_owner, s_owner) ELSE s_owner END AS owner"
    yield "phase, coalesce(s_name, topic) AS name, error, refusal, dialect"
    yield f"CASE WHEN dead THEN at_ns ELSE coalesce({', '.join((*instants, 'at_ns'))}) END AS at_ns"
    yield "traceparent"
    bad = f"error IS NOT NULL OR {one_of('phase', _FAILED)}"
    yield f"CASE WHEN {bad} THEN 'error' ELSE coalesce(s_status, 'unset') END AS status"
    yield "CASE WHEN NOT dead THEN s_outcome END AS outcome"
    yield f"{_merged(_there(_ALIASES, there))} AS aliases"
    yield f"{_ATTRIBUTES} AS attributes"
    yield ("refusal IS NULL AND (raw IS NOT NULL OR (tombstone_wanted AND s_transaction_id IS NOT NULL)) AS is_record")


def _three(column: str, there: Collection[str]) -> list[str]:
    return _there((f"mapped_{column}", f"own_{column}", f"dialect_{column}"), there)


def _there(columns: Iterable[str], there: Collection[str]) -> list[str]:
    return [column for column in columns if column in there]


def _refusal() -> str:
    """Say why a message is refused: what the stage before said, its dialect, or that it is nothing we know."""
    text, data = f"to_json(left(value, {_SHOWN}))::VARCHAR", f"'0x' || lower(hex(raw[:{_SHOWN}]))"
    shown = f"CASE WHEN value IS NOT NULL THEN {text} ELSE {data} END"
    hint = (
        f"CASE WHEN octet_length(raw) > {_CONFLUENT_BYTES} AND hex(raw[:1]) = '00'"
        " THEN '; it may be in the wire format of a schema registry' ELSE '' END"
    )
    not_json = f"'value is not JSON (' || octet_length(raw) || ' bytes, starts ' || {shown} || ')' || {hint}"
    return (
        "CASE WHEN reason IS NOT NULL THEN reason WHEN raw IS NULL THEN NULL"
        " WHEN refused_by_dialect IS NOT NULL THEN refused_by_dialect"
        f" WHEN payload IS NULL AND NOT recognised AND s_transaction_id IS NULL THEN {not_json} END"
    )


def _merged(objects: list[str]) -> str:
    """Merge JSON objects; what stands first counts first."""
    if not objects:
        return NULL
    merged, *others = objects
    for other in others:
        both = f"CAST(json_merge_patch({other}, {merged}) AS VARCHAR)"
        merged = f"CASE WHEN {other} IS NULL THEN {merged} WHEN {merged} IS NULL THEN {other} ELSE {both} END"
    return merged


_BASE64: Final = """'{"base64":"' || base64(%s) || '"}'"""
_KEY: Final = f"""CASE WHEN raw_key IS NOT NULL THEN
    '"key":' || CASE WHEN key IS NOT NULL THEN to_json(key)::VARCHAR ELSE {_BASE64 % "raw_key"} END END"""
_PAYLOAD: Final = f"""CASE WHEN payload IS NOT NULL THEN '"payload":' || payload
    WHEN value IS NOT NULL THEN '"payload":' || to_json(value)::VARCHAR
    WHEN raw IS NOT NULL THEN '"payload":' || {_BASE64 % "raw"} END"""
# The topic that a dead letter was in before, where it says so: what tells a dead letter from other failures.
_DEAD: Final = """CASE WHEN dead THEN '"dlt":' || to_json(topic) END"""
_ATTRIBUTES: Final = f"""'{{' || concat_ws(',', {_KEY}, '"headers":' || headers_json,
    '"repeated_headers":' || repeated_json, {_PAYLOAD}, {_DEAD}) || '}}'"""
