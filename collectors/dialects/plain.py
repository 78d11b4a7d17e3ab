"""Plain JSON: what nobody else recognises. Only the name of the event is guessed; the rest is the mapping's."""

from __future__ import annotations

from typing import Final

from collectors.dialects.dialect import Dialect

# Spring Kafka's `__TypeId__` is a class; Debezium's and many teams' own headers and fields name the event.
_NAMES: Final = (
    "header('event.name')", "header('eventType')", "header('event-type')", "header('event_type')",
    "path('$.eventType')", "path('$.event_type')", "path('$.eventName')", "path('$.event_name')",
    "path('$.type')", "path('$.event')", "path('$.\"@type\"')",
    "regexp_extract(header('__TypeId__'), '[^.$/]+$')",
)  # fmt: skip

DIALECT: Final = Dialect(
    name="json",
    recognises="payload IS NOT NULL",
    columns={
        "name": f"coalesce({', '.join(f'''NULLIF({name}, '')''' for name in _NAMES)})",
        "message_id": (
            "coalesce(header('message.id'), header('message_id'), header('messageId'), header('eventId'),"
            " path('$.eventId'), path('$.event_id'), path('$.messageId'), path('$.message_id'))"
        ),
    },
)
