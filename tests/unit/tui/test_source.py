import queue
import socket
import threading
from contextlib import contextmanager

import pytest

from tests.unit.tui.fake import FakeReader, VastReader, bad_night, night, transaction
from tracer.clock import FixedClock
from tracer.errors import Busy, NotAdmitted, Unreachable, UsageError
from tracer.views import TransactionQuery
from tui.source import MAX_SCAN_PAGES, SCAN_PAGE_ROWS, Failure, Pace, Poller, connect
from tui.wants import FindWant, FlowWant, ListWant, NowWant, RecordsWant, SagasWant, TransactionWant

FAST = Pace(least_s=0.001, share=0.0, backoff_s=(0.001,))
NEVER_AGAIN = Pace(least_s=3_600.0, most_s=3_600.0, backoff_s=(3_600.0,))
ALL = ListWant(query=TransactionQuery(sort="status"))
TIMEOUT_S = 10


@contextmanager
def _polling(reader, pace=NEVER_AGAIN):
    arrived = queue.Queue()
    poller = Poller(reader, arrived.put, FixedClock(7), pace)
    poller.start()
    try:
        yield poller, lambda: arrived.get(timeout=TIMEOUT_S)
    finally:
        poller.stop()


@pytest.mark.parametrize(
    ("want", "kind"),
    [
        (ALL, "TransactionPage"),
        (TransactionWant(transaction_id="order-1042"), "Transaction"),
        (RecordsWant(transaction_id="order-1042", limit=3), "RecordPage"),
        (FindWant(query=ALL.query, start=0, direction=1), "Found"),
        (NowWant(), "NowAnswer"),
        (FlowWant(saga="order-fulfilment"), "Flow"),
        (SagasWant(), "SagaList"),
    ],
)
def test_each_want_has_its_answer(want, kind):
    """A reading is one snapshot: what was wanted, when it was read, and the answer."""
    with _polling(bad_night()) as (poller, arrived):
        poller.watch(want)
        snapshot = arrived()

    assert (want, 7, None, kind) == (
        snapshot.want, snapshot.taken_ns, snapshot.trouble, type(snapshot.answer).__name__,
    )  # fmt: skip


def test_what_is_watched_is_read_again_and_again():
    """A watched want comes back without being asked for again."""
    with _polling(bad_night(), FAST) as (poller, arrived):
        poller.watch(ALL)

        assert [ALL] * 3 == [arrived().want for _ in range(3)]


def test_coverage_is_asked_for_now_and_then():
    """What joins is counted over every record: it is read once for many readings of what is wrong."""

    class Counting(FakeReader):
        times = 0

        def collectors(self):
            self.times += 1
            return super().collectors()

    reader = Counting(night())
    with _polling(reader, FAST) as (poller, arrived):
        poller.watch(NowWant())
        answers = [arrived().answer for _ in range(5)]

    assert (1, 1) == (reader.times, len({id(answer.collectors) for answer in answers}))


def test_what_is_wrong_is_told_without_the_collectors():
    """Collectors that cannot be asked just now hide no incident."""

    class Busied(FakeReader):
        def collectors(self):
            raise Busy

    with _polling(Busied(night())) as (poller, arrived):
        poller.watch(NowWant())
        snapshot = arrived()

    assert (None, None, 3) == (snapshot.trouble, snapshot.answer.collectors, snapshot.answer.stalls.total)


def test_another_want_is_read_at_once():
    """Scrolling does not wait for the next turn."""
    other = TransactionWant(transaction_id="order-1042")
    with _polling(bad_night()) as (poller, arrived):
        poller.watch(ALL)
        first = arrived().want
        poller.watch(other)

        assert [ALL, other] == [first, arrived().want]


def test_wants_that_passed_by_are_skipped():
    """While a reading takes its time, only the last of many wants is kept."""
    gate, begun = threading.Event(), threading.Event()

    class Slow(FakeReader):
        def transactions(self, query):
            begun.set()
            gate.wait(TIMEOUT_S)
            return super().transactions(query)

    reader = Slow(night())
    wants = [ListWant(query=TransactionQuery(offset=offset)) for offset in range(50)]
    with _polling(reader) as (poller, arrived):
        poller.watch(wants[0])
        begun.wait(TIMEOUT_S)
        for want in wants[1:]:
            poller.watch(want)
        gate.set()

        assert [wants[0], wants[-1]] == [arrived().want, arrived().want]


def test_a_paused_poller_reads_only_what_is_new():
    """Paused, the same want is not read again, another one is, and going on reads at once."""
    with _polling(bad_night()) as (poller, arrived):
        poller.watch(ALL)
        arrived()
        poller.pause(paused=True)
        poller.watch(TransactionWant(transaction_id="order-1042"))
        while_paused = arrived().want
        poller.pause(paused=False)

        assert ["order-1042"] * 2 == [while_paused.transaction_id, arrived().want.transaction_id]


def test_an_absent_sidecar_is_tried_again_until_it_is_back():
    """While it is away each snapshot says why; when it is back the answers come again."""
    reader = bad_night()
    reader.away = "no sidecar at http://127.0.0.1:4319"
    with _polling(reader, FAST) as (poller, arrived):
        poller.watch(ALL)
        troubles = [arrived().trouble for _ in range(3)]
        reader.away = None
        answers = [arrived() for _ in range(4)]

    assert ["away"] * 3 == [trouble.kind for trouble in troubles]
    assert reader.away is None
    assert "no sidecar at http://127.0.0.1:4319" == troubles[0].message
    assert answers[-1].trouble is None


def test_scrolling_does_not_hammer_an_absent_sidecar():
    """After a failure another want waits for its turn; a person who asks is served at once."""
    reader = bad_night()
    reader.away = "gone"
    with _polling(reader) as (poller, arrived):
        poller.watch(ALL)
        arrived()
        for offset in range(20):
            poller.watch(ListWant(query=TransactionQuery(offset=offset)))
        asked = len(reader.asked)
        poller.refresh()
        arrived()

    assert (1, 2) == (asked, len(reader.asked))


@pytest.mark.parametrize(
    ("failures", "spent_s", "expected"),
    [(0, 0.0, 1.0), (0, 0.2, 2.0), (0, 60.0, 15.0), (1, 0.0, 1.0), (2, 0.0, 2.0), (3, 0.0, 3.0), (500, 0.0, 3.0)],
)
def test_the_pace_spares_a_slow_sidecar(failures, spent_s, expected):
    """A reading is followed by ten times its length of rest, a failure by a longer and longer one, both bounded."""
    assert expected == Pace().next_s(spent_s, failures)


def test_what_the_sidecar_refuses_is_told_and_not_an_outage():
    """An unknown transaction and a bad request are answers; who does not answer, or not us, is tried again."""

    def raising(error):
        class Raising(FakeReader):
            def transactions(self, _query):
                raise error

        return Raising()

    with _polling(bad_night()) as (poller, arrived):
        poller.watch(TransactionWant(transaction_id="order-10421"))
        missing = arrived().trouble
    with _polling(raising(UsageError("limit must be from 1 to 1000"))) as (poller, arrived):
        poller.watch(ALL)
        refused = arrived().trouble
    away = []
    for error in (Busy("too many queries"), NotAdmitted("give the token"), Unreachable("what answers is a proxy")):
        with _polling(raising(error)) as (poller, arrived):
            poller.watch(ALL)
            away.append(arrived().trouble.kind)

    assert ["missing", "refused", *["away"] * 3] == [missing.kind, refused.kind, *away]
    assert "; did you mean order-1042 or order-1107?" in missing.message


def test_nothing_like_it_is_said_too():
    """An id that no other resembles gets an answer and not half a sentence."""
    with _polling(FakeReader()) as (poller, arrived):
        poller.watch(TransactionWant(transaction_id="NOPE"))

        assert "no transaction NOPE, and nothing is named like it" == arrived().trouble.message


def test_a_sidecar_that_is_not_there_is_told_without_an_option_of_other_commands():
    """The terminal reads no files: it says how to start a sidecar and no more."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with _polling(connect(url)) as (poller, arrived):
            poller.watch(ALL)
            message = arrived().trouble.message

    assert message.endswith(": start one with `sagascope serve`")


@pytest.mark.parametrize(
    ("query", "everything"),
    [
        (TransactionQuery(), None), (TransactionQuery(status=("stuck",)), None),
        (TransactionQuery(owner=("ledger",)), 49), (TransactionQuery(q="no such thing"), 49),
    ],
)  # fmt: skip
def test_a_filtered_list_knows_of_how_many_it_is(query, everything):
    """Beside what a filter lets through stands the number of all; the answer says it where only the status counts."""
    with _polling(bad_night()) as (poller, arrived):
        poller.watch(ListWant(query=query))

        assert everything == arrived().everything


def test_all_are_not_counted_with_each_letter():
    """While a filter is typed only its own list is read; how many there are in all is counted after a while again."""
    reader = bad_night()
    with _polling(reader) as (poller, arrived):
        for text in ("o", "or", "ord"):
            poller.watch(ListWant(query=TransactionQuery(q=text)))
            assert 49 == arrived().everything

    assert ["o", None, "or", "ord"] == [query.q for query in reader.asked]


def test_a_search_passes_over_one():
    """The trouble next to a transaction is another one, wherever that stands by now."""
    with _polling(bad_night()) as (poller, arrived):
        poller.ask(FindWant(query=ALL.query, start=0, direction=1, but="order-1042"))
        found = arrived().answer

    assert (1, "transfer-77-0031") == (found.index, found.transaction_id)


def test_a_fault_of_ours_is_not_hidden():
    """Anything that is no trouble with the sidecar ends the reading and is handed over whole."""

    class Broken(FakeReader):
        def transactions(self, _query):
            raise ZeroDivisionError

    with _polling(Broken()) as (poller, arrived):
        poller.watch(ALL)
        failure = arrived()

    assert isinstance(failure, Failure)
    assert isinstance(failure.error, ZeroDivisionError)


@pytest.mark.parametrize(
    ("start", "direction", "expected"),
    [(0, 1, 0), (120, 1, None), (699_900, 1, 700_000), (699_999, -1, None), (900_000, -1, 900_000), (130, -1, 119)],
)
def test_a_search_is_bounded(start, direction, expected):
    """The next stuck or failed row is found within so many rows, and a search never reads more than that."""
    reader = VastReader()
    with _polling(reader) as (poller, arrived):
        poller.ask(FindWant(query=ALL.query, start=start, direction=direction))
        found = arrived().answer

    assert expected == found.index
    assert found.scanned <= MAX_SCAN_PAGES * SCAN_PAGE_ROWS
    assert all(query.limit <= SCAN_PAGE_ROWS for query in reader.asked)


def test_a_search_ends_with_the_list():
    """At either end of the list a search gives up without asking beyond it."""
    reader = FakeReader([row for row in night() if row.status == "running"])
    with _polling(reader) as (poller, arrived):
        poller.ask(FindWant(query=ALL.query, start=1, direction=1))
        down = arrived().answer
        poller.ask(FindWant(query=ALL.query, start=1, direction=-1))
        up = arrived().answer

    assert [(None, 2), (None, 2)] == [(each.index, each.scanned) for each in (down, up)]


def test_records_are_read_up_to_a_limit():
    """The details ask for no more records than they may hold."""
    reader = bad_night()
    with _polling(reader) as (poller, arrived):
        poller.ask(RecordsWant(transaction_id="order-1042", limit=2))

        assert 2 == len(arrived().answer.records)
    assert transaction().transaction_id == reader.asked[0][1]
