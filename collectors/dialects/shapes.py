"""SQL that makes of texts what a record's columns take: times, words, counts, trace ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from collectors.dialects.sql import NULL, literal

# A number is a time in the unit that puts it between 1973 and 5138: below 10^11 it is seconds, below 10^14
# milliseconds, below 10^17 microseconds, else nanoseconds.
_SCALES: Final = ((11, 1_000_000_000), (14, 1_000_000), (17, 1_000))
_NS_DIGITS: Final = 18
_MAX_US: Final = 9_200_000_000_000_000


def first_sql(sources: Iterable[str]) -> str:
    """Give the first text that is there and not empty."""
    listed = [f"NULLIF({source}, '')" for source in sources if source != NULL]
    return f"coalesce({', '.join(listed)})" if listed else NULL


def word_sql(sources: Iterable[str], words: Iterable[str]) -> str:
    """Give the first text that is one of the words."""
    same = " ".join(f"WHEN {literal(word)} THEN {literal(word)}" for word in words)
    listed = [f"CASE {source} {same} END" for source in sources]
    return f"coalesce({', '.join(listed)})" if listed else NULL


def count_sql(sources: Iterable[str]) -> str:
    """Give the first whole number from 1 that fits the column."""
    listed = [
        f"CASE WHEN TRY_CAST({source} AS DOUBLE) = TRY_CAST({source} AS INTEGER) AND TRY_CAST({source} AS INTEGER) >= 1"
        f" THEN TRY_CAST({source} AS INTEGER) END"
        for source in sources
    ]
    return f"coalesce({', '.join(listed)})" if listed else "NULL::INTEGER"


def number_sql(text: str) -> str:
    """Read a text as a number, exact to the nanosecond of a second; NULL where it is none."""
    return f"TRY_CAST({text} AS DECIMAL(38, 9))"


def instant_sql(text: str, number: str) -> str:
    """Read a time (ns since the epoch): a number by its magnitude, else ISO 8601; without a zone it is UTC."""
    scaled = "".join(
        f" WHEN {number} < 1e{digits}::DECIMAL(38, 9) THEN ({number} * {scale})::BIGINT" for digits, scale in _SCALES
    )
    largest = f"9e{_NS_DIGITS}::DECIMAL(38, 9)"
    by_number = f"CASE WHEN {number} <= 0 THEN NULL{scaled} WHEN {number} < {largest} THEN {number}::BIGINT END"
    us = f"epoch_us(TRY_CAST({text} AS TIMESTAMPTZ))"
    below_us = (
        f"coalesce(TRY_CAST(rpad(regexp_extract({text}, '[.][0-9]{{6}}([0-9]{{1,3}})', 1), 3, '0') AS INTEGER), 0)"
    )
    by_text = f"CASE WHEN {text}[5] = '-' AND {us} BETWEEN 1 AND {_MAX_US} THEN {us} * 1000 + {below_us} END"
    return f"CASE WHEN {text} IS NULL THEN NULL WHEN {number} IS NOT NULL THEN {by_number} ELSE {by_text} END"


def undone_sql(phase: str, compensates: str) -> str:
    """Read the phases of a step that undoes another one as compensating, compensated, compensation_failed."""
    return (
        f"CASE WHEN {compensates} IS NULL THEN {phase} WHEN {phase} = 'started' THEN 'compensating'"
        f" WHEN {phase} = 'completed' THEN 'compensated' WHEN {phase} = 'failed' THEN 'compensation_failed'"
        f" ELSE {phase} END"
    )
