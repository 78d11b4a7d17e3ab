"""Every dialect, in the order in which "auto" tries them: what is most specific comes first, plain JSON last.

A new dialect is a module that gives `DIALECT`, and one line here.
"""

from __future__ import annotations

from typing import Final

from collectors.dialects import axon, cloudevents, debezium, eventuate, masstransit, nservicebus, plain
from collectors.dialects.dialect import Dialect

DIALECTS: Final[tuple[Dialect, ...]] = (
    cloudevents.DIALECT,
    debezium.DIALECT,
    nservicebus.DIALECT,
    masstransit.DIALECT,
    eventuate.DIALECT,
    axon.DIALECT,
    plain.DIALECT,
)
NAMES: Final = tuple(dialect.name for dialect in DIALECTS)
