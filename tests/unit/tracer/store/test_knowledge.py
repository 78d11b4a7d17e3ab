"""What is known of each saga, as the store keeps it."""

from dataclasses import replace

from tests.stories import LESSONS, ORDER, knowing, step
from tracer.store.knowledge import Known, knowledge, known_of


def known(lab):
    """Read all that is known."""
    return lab.store.read(knowledge)


def test_an_empty_store_knows_nothing():
    """Before anything is declared or learned there is nothing to know."""
    with knowing() as lab:
        assert {} == known(lab)
        assert None is lab.store.read(lambda session: known_of(session, "order"))
        assert None is lab.store.read(lambda session: known_of(session, None))


def test_a_definition_is_kept_as_it_was_given():
    """All that a definition says comes back, under the name of its saga alone."""
    whole = replace(ORDER, deadline_s=0.1, runbook_url="https://runbook/{saga}", where="sagas.toml:3")
    with knowing(whole) as lab:
        assert {"order": Known(declared=whole)} == known(lab)
        assert Known(declared=whole) == lab.store.read(lambda session: known_of(session, "order"))
        assert None is lab.store.read(lambda session: known_of(session, "orde"))


def test_what_was_learned_stands_beside_what_is_declared():
    """Of one saga both are known, of another only the one; sagas without a name are known as one."""
    with knowing(ORDER, lessons=LESSONS) as lab:
        lab.take([step("A", 0, "pay", outcome="completed"), step("B", 0, "pay", saga="parcel", outcome="completed")])
        lab.take([step("C", 0, "pay", saga=None, outcome="completed")])
        while lab.keeper.learn():
            pass
        told = known(lab)

        assert {"order": (True, True), "parcel": (False, True), "": (False, True)} == {
            saga: (one.declared is not None, one.learned is not None) for saga, one in told.items()
        }
        assert told[""] == lab.store.read(lambda session: known_of(session, None))
