from dataclasses import replace

from tests.unit.tui.fake import lost_message, transaction
from tests.unit.tui.samples import NOW, advised, ago
from tracer.views import Forecast, Stall
from tui.answers import head
from tui.look import Look

LOOK = Look()


def _text(line):
    return "".join(piece for piece, _ in line)


def _labelled(label, of, width=120, height=40):
    """Give the lines of one answer, without the label."""
    lines = [_text(line) for line in head(of, NOW, LOOK, width, height)]
    at = next(at for at, line in enumerate(lines) if line.startswith(f" {label}"))
    more = (line for line in lines[at + 1 :])
    rest = []
    for line in more:
        if not line.startswith("       "):
            break
        rest.append(line)
    return [line[7:] for line in (lines[at], *rest)]


def test_the_four_answers_come_in_order():
    """Who, for how long, where the message is and what to do next stand below the verdict, then the reason."""
    labels = [_text(line)[1:6].strip() for line in head(transaction(), NOW, LOOK, 120, 40)]

    assert ["who", "long", "where", "next", "why", "steps"] == [each for each in labels if each][1:7]


def test_how_long_is_told_against_what_is_normal():
    """The time it is stuck stands beside what is normal and the limit with its source; what is not known says so."""
    (known,) = (replace(one, expected_s=2.3, threshold_source="learned") for one in transaction().current)

    assert ["4h 12m · normal 2.3s · limit 5m (learned)"] == _labelled("long", transaction(current=(known,)))
    assert ["4h 12m · normal not known · limit 5m (default)"] == _labelled("long", transaction())
    assert ["4h 12m since the last record · normal not known"] == _labelled("long", transaction(current=()))


def test_the_step_that_is_stuck_owns_it_first():
    """Of several steps the stuck one comes first, on a low screen the others share a line."""
    stuck = transaction().current[0]
    other = replace(stuck, step="ship", owner="shipping", state="retrying", since=ago(60), basis="exact")
    both = transaction(current=(other, stuck))

    assert _labelled("who", both)[0].startswith("inventory · reserve-inventory (inferred)")
    assert "shipping · ship, retrying since 03:06:30" == _labelled("who", both)[1]
    assert "and 1 more: shipping · ship" == _labelled("who", both, height=24)[1]


def test_without_a_broker_the_last_record_says_where_it_is():
    """Where no broker tells of a message the last record is named; of a cut timeline only its time is known."""
    cut = replace(transaction(), timeline_total=20_000)

    assert "last seen PaymentCaptured at payments, 13 Mar 22:55:18; no broker" in _labelled("where", transaction())[0]
    assert "last record 13 Mar 22:55:18; no broker" in _labelled("where", cut)[0]


def test_the_best_advice_is_told_with_its_command():
    """What to do comes with how sure that is, why, and the command; how many more there are says the key."""
    told = _labelled("next", transaction(advice=advised()))

    assert told[0].startswith("retry reserve-inventory at inventory, 80% sure, declared (a: 1 more): the consumer")
    assert "$ curl -fsS -X POST http://inventory/reservations/R-7/retry" == told[-1]


def test_a_low_screen_keeps_its_lower_half():
    """On 24 lines the facts and notes make room for the waterfall, and the answers stay."""
    noted = transaction(notes=("one", "two", "three"), advice=advised())

    assert 15 == len(head(noted, NOW, LOOK, 80, 40))
    assert 12 == len(head(noted, NOW, LOOK, 80, 24))


def test_without_advice_that_is_said():
    """No advice is told as that; a transaction that is not stuck says what became of those like it."""
    running = transaction(status="running", stall=None)
    hope = Forecast(finish_p=0.97, end_low=None, end=ago(-30), end_high=None, basis="learned", n=120.0)

    assert ["no advice: nothing is known that would help it on"] == _labelled("next", transaction())
    assert ["nothing to do: it is within its limit"] == _labelled("next", running)
    expected = ["nothing to do: 97% of those like it completed, over at about 03:08:00 (learned)"]
    assert expected == _labelled("next", replace(running, forecast=hope))


def test_the_reason_for_a_stall_stands_first_and_whole():
    """The head begins with the verdict, and has the sentence that explains it whole, in words that fit."""
    lines = [_text(line) for line in head(transaction(), NOW, LOOK, 80, 40)]
    at = next(at for at, line in enumerate(lines) if line.startswith(" why"))

    assert lines[0].strip() == "▲ STUCK for 4h 12m  handoff-lost at inventory"
    assert "".join(line[7:] for line in lines[at : at + 3]).replace(" ", "") == transaction().stall.why.replace(" ", "")
    assert all(len(line) <= 80 for line in lines)


def test_who_has_it_now_and_whether_that_is_known():
    """The head names the owner, the time and the limit, and says when it is only inferred."""
    now = next(_text(line) for line in head(transaction(), NOW, LOOK, 120, 40) if _text(line).startswith(" who"))
    exact = transaction(current=tuple(replace(each, basis="exact") for each in transaction().current))

    for part in ("inventory · reserve-inventory", "(inferred)", "waiting since 13 Mar 22:55:20"):
        assert part in now
    assert "(inferred)" not in " ".join(_text(line) for line in head(exact, NOW, LOOK, 120, 40))


def test_a_transaction_that_ended_says_when():
    """A completed transaction says when it ended and how long it took."""
    done = transaction(status="completed", stall=None, current=(), ended_at=NOW, elapsed_s=4.25)

    assert "✓ COMPLETED at 03:07:30 after 4.2s" == _text(head(done, NOW, LOOK, 80, 40)[0]).strip()
    stopped = replace(done, status="compensated", outcome="cancelled")
    assert "↶ COMPENSATED cancelled at 03:07:30 after 4.2s" == _text(head(stopped, NOW, LOOK, 80, 40)[0]).strip()


def test_a_long_reason_is_told_to_its_end():
    """The answer stands at the end of the reason: it has seven lines, three where the screen is low."""
    why = f"{'billing sent a message ' * 14}. Last message: shipping is at it"
    long = transaction(stall=replace(transaction().stall, why=why))

    assert "shipping is at it" in " ".join(" ".join(_text(line) for line in head(long, NOW, LOOK, 80, 40)).split())
    assert len(head(long, NOW, LOOK, 80, 40)) - 3 == len(head(long, NOW, LOOK, 80, 24))


def test_what_became_of_the_last_message_is_told_before_its_place():
    """A dead letter first, then who has not read it, how many more groups, the place and the time below them."""
    place = lost_message()
    many = replace(place, more_groups=7, groups=(
        *place.groups, replace(place.groups[1], group="mail"),
        replace(place.groups[1], group="b", state="dead-lettered"),
    ))  # fmt: skip
    lines = [_text(line) for line in head(transaction(message=many), NOW, LOOK, 80, 40)]
    at = next(at for at, line in enumerate(lines) if line.startswith(" where"))

    assert [
        " where b dead-lettered, shipping unread (32 before it), audit read, 8 more",
        "       orders[3]@18822 · 13 Mar 22:55:20",
    ] == lines[at : at + 2]


def test_the_place_of_the_last_message_is_one_line():
    """What each group did with the last message, where it is and when it was written, in one line where it fits."""
    lines = [_text(line) for line in head(transaction(message=lost_message()), NOW, LOOK, 96, 40)]
    (told,) = [line for line in lines if line.startswith(" where")]

    assert " where shipping unread (32 before it), audit read · orders[3]@18822 · 13 Mar 22:55:20" == told


def test_many_owners_and_notes_do_not_fill_the_screen():
    """The head stays small however much there is to say."""
    crowded = transaction(current=transaction().current * 40, notes=("note",) * 40, aliases=("a",) * 400, stall=Stall(
        kind="never-ended", since=NOW, stuck_s=1.0, step="x", owner=None, why="why " * 9_000))  # fmt: skip

    assert len(head(crowded, NOW, LOOK, 80, 40)) <= 24


def test_hostile_text_in_the_head_is_harmless():
    """Nothing that telemetry said reaches the head raw."""
    evil = "\x1b]52;c;ZXZpbA==\x07[bold]\x9b2J\u202e"
    bad = transaction(
        transaction_id=evil, saga=evil, aliases=(evil,), notes=(evil,),
        current=tuple(replace(each, step=evil, owner=evil) for each in transaction().current),
        stall=replace(transaction().stall, why=evil * 50, owner=evil, step=evil),
        message=lost_message(evil),
    )  # fmt: skip

    assert all(_text(line).isprintable() for line in head(bad, NOW, LOOK, 80, 40))
