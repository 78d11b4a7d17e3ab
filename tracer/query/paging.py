"""The records of one transaction, whole."""

from __future__ import annotations

from typing import Final

import msgspec

from tracer.query.gathering import Found
from tracer.query.telling import RULES
from tracer.store.session import Row, Session
from tracer.views import RecordPage, RecordRow


def record_page(session: Session, found: Found, *, limit: int, offset: int) -> RecordPage:
    """The records that `gather_records` put into the session, whole, in the order of time."""
    rows = session.rows("show_rows", {"limit": limit, "offset": offset})
    return RecordPage(
        transaction_id=found.transaction_id,
        records=tuple(_record(row) for row in rows),
        total=int(session.value("show_count")),
    )


_JSON: Final = frozenset({"links", "aliases", "attributes", "resource"})
_FIELDS: Final = tuple(RecordRow.__dataclass_fields__)


def _record(row: Row) -> RecordRow:
    values = dict(zip(_FIELDS, row, strict=True))
    for name in _JSON:
        values[name] = None if values[name] is None else msgspec.json.decode(values[name])
    return RecordRow(**{**values, "correlated_by": RULES[values["correlated_by"] - 1]})
