"""What a search in the timeline looks in: each line's words, and the attributes of the records that were read. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from tracer.views import RecordPage, TimelineEntry
from tui.details import indexed, key_of
from tui.timeline import Row


def texts(rows: Sequence[Row], page: RecordPage | None) -> Iterator[str]:
    """Give the text of each row, in order; of a heading nothing, for the cursor does not stand there."""
    known = indexed(page) if page is not None else {}
    for row in rows:
        payload = row.payload
        words = [row.name, row.word, row.owner, getattr(payload, "step", None), getattr(payload, "error", None)]
        if isinstance(payload, TimelineEntry):
            words += [payload.trace_id, payload.span_id, payload.message_id]
            if (record := known.get(key_of(payload))) is not None:
                said = {**(record.resource or {}), **record.attributes}
                words.append(json.dumps(said, ensure_ascii=False, default=str))
        yield "\n".join(filter(None, words)) if row.selectable else ""
