from dataclasses import replace

from tests.unit.tui.fake import FakeReader, bad_night, lost_message, night, summary, transaction
from tests.unit.tui.samples import advised, incident
from tracer.views import StallQuery, TransactionQuery
from tui.essence import essence
from tui.wants import ListWant, NowAnswer, NowWant, TransactionWant

WANT = ListWant(query=TransactionQuery(sort="status", limit=20))
ONE = TransactionWant(transaction_id="order-1042")


def _listed(rows, want=WANT):
    return essence(want, FakeReader(rows).transactions(want.query))


def test_time_alone_is_no_news():
    """Durations that grew by themselves are no change, in the list and in a transaction."""
    older = [
        replace(row, elapsed_s=row.elapsed_s + 5, in_step_s=row.in_step_s and row.in_step_s + 5) for row in night()
    ]
    one = transaction()
    stall = replace(one.stall, stuck_s=one.stall.stuck_s + 5, why="another 5 seconds")
    later = replace(one, elapsed_s=one.elapsed_s + 5, stall=stall)

    assert not _listed(older).is_news_after(_listed(night()))
    assert not essence(ONE, later).is_news_after(essence(ONE, one))


def test_what_happened_is_news():
    """A row that changed, one more row, or a record is a change; so is the first answer of all."""
    changed = [replace(night()[0], status="running"), *night()[1:]]
    one = transaction()

    assert _listed(changed).is_news_after(_listed(night()))
    assert _listed([*night(), summary("one-more")]).is_news_after(_listed(night()))
    assert essence(ONE, replace(one, timeline_total=8)).is_news_after(essence(ONE, one))
    assert essence(ONE, replace(one, advice=advised())).is_news_after(essence(ONE, one))
    assert essence(ONE, replace(one, message=lost_message())).is_news_after(essence(ONE, one))
    assert _listed(night()).is_news_after(None)


def test_a_new_incident_is_news_and_an_older_one_is_not():
    """On the first screen too durations and the sentences that hold them are no change."""

    def told(**fields):
        reader = bad_night()
        reader.incident_list = (incident(**fields),)
        answer = NowAnswer(
            incidents=reader.incidents(None), stalls=reader.stalls(StallQuery()), counts={}, collectors=None,
            collected_ns=0,
        )  # fmt: skip
        return essence(NowWant(), answer)

    assert not told(stuck_s=15_131.0, why="1s more").is_news_after(told())
    assert told(transactions=13).is_news_after(told())


def test_scrolling_is_no_news():
    """Another window of the same list is no change unless the list itself has changed."""
    below = ListWant(query=replace(WANT.query, offset=20))

    assert not _listed(night(), below).is_news_after(_listed(night()))
    assert _listed([*night(), summary("one-more")], below).is_news_after(_listed(night()))
