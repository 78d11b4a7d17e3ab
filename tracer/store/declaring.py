"""Taking in definitions: what they say is kept, and what they change is looked at again."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tracer.model.sagas import DeclaredSaga
from tracer.store.judging import forget_situations
from tracer.store.naming import keep_names, names_of
from tracer.store.session import Session


def declare(session: Session, sagas: Sequence[DeclaredSaga]) -> tuple[str, ...]:
    """Keep these definitions and no others; the names of the sagas for which something has changed."""
    bodies = {saga.name: msgspec.json.encode(saga).decode() for saga in sagas}
    kept: dict[str, str] = dict(session.rows("declared_all"))
    changed = sorted(name for name in kept.keys() | bodies.keys() if kept.get(name) != bodies.get(name))
    if not changed:
        return ()
    before = [msgspec.json.decode(body, type=DeclaredSaga) for body in kept.values()]
    session.run("declared_drop", {"sagas": changed})
    for name in changed:
        if name in bodies:
            session.run("declared_keep", {"saga": name, "body": bodies[name]})
    _look_again(session, before, sagas, changed)
    return tuple(changed)


def _look_again(
    session: Session, before: Sequence[DeclaredSaga], after: Sequence[DeclaredSaga], changed: Sequence[str]
) -> None:
    """Fold again what other names mean something for, and judge again the rest of the sagas that changed."""
    forget_situations(session, changed)
    other = names_of(before) ^ names_of(after)
    if other:
        keep_names(session, after)
        names = sorted({name for name, _ in other})
        session.run("requeue_names", {"names": names, "sagas": changed})
    else:
        session.run("requeue_sagas", {"sagas": changed})
