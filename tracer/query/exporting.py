"""Reads records for an export, page by page: each page a short question of its own."""

from __future__ import annotations

from tracer.clock import to_ns
from tracer.errors import NotFound
from tracer.exchange.columns import FILE_SCHEMA
from tracer.exchange.pages import Page, Place, following
from tracer.model.exports import ExportQuery
from tracer.query.gathering import FOREVER_NS, gather_records
from tracer.store.session import Session


def begin_export(session: Session, query: ExportQuery) -> Place:
    """Say where an export begins: what arrives later is not part of it. Raises NotFound for an unknown transaction."""
    ids = tuple(_known(session, asked) for asked in query.transactions)
    return Place(after=0, upto=int(session.value("append_last") or 0), ids=ids)


def export_page(session: Session, query: ExportQuery, place: Place) -> Page:
    """Read the page that begins at a place."""
    values = {
        "after": place.after,
        "upto": min(place.after + place.span, place.upto),
        "since": -FOREVER_NS if query.since is None else to_ns(query.since),
        "until": FOREVER_NS if query.until is None else to_ns(query.until),
        "limit": place.rows,
    }
    if query.transactions or query.sagas:
        session.run("export_wanted", {"ids": list(place.ids), "sagas": list(query.sagas)})
        session.run("show_members")
        unfolded = [] if query.sagas else list(place.ids)
        found = session.table("export_page_of", {**values, "ids": unfolded})
    else:
        found = session.table("export_page", values)
    last = found.column("seq")[-1].as_py() if found.num_rows else None
    records = found.select(FILE_SCHEMA.names).cast(FILE_SCHEMA)
    return Page(records=records, next=following(place, records, last))


def _known(session: Session, asked: str) -> str:
    found = gather_records(session, asked, as_of_ns=FOREVER_NS)
    if found is None:
        nearest = tuple(row[0] for row in session.rows("nearest", {"id": asked}))
        raise NotFound(f"no transaction {asked}", nearest=nearest)
    return found.transaction_id
