"""Why a value was not read."""

from __future__ import annotations

from tracer.errors import Rejected, Unreachable


class UnknownSchema(Rejected):
    """The registry does not know the schema."""


class BadSchema(Rejected):
    """The schema cannot be used."""


class BadValue(Rejected):
    """The value does not fit its schema."""


class RegistryAway(Unreachable):
    """The registry gives no answer now."""
