import pytest

from tests.unit.tui.samples import NOW
from tracer.clock import NS_PER_S, to_ns
from tui.chrome import Link, banner, cut, hints, joined, no_match, subject_of_list, tally, title, wrapped
from tui.look import Look, width_of

LOOK = Look()
COUNTS = {
    "stuck": 1_204,
    "compensating": 38,
    "running": 812_000,
    "failed": 412,
    "compensated": 990,
    "completed": 185_356,
}
AT = to_ns(NOW)


def _text(line):
    return "".join(piece for piece, _ in line)


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_the_counts_fit_and_the_stuck_come_first(width):
    """At every width the counts fit, the worst status first."""
    line = _text(tally(COUNTS, LOOK, width))

    assert len(line) <= width
    assert line.split()[2] == "stuck"


def test_no_stuck_transaction_is_said_too():
    """A quiet night says that nothing is stuck; other statuses without transactions are left out."""
    assert "▲ 0 stuck   ✓ 3 completed" == _text(tally({"completed": 3}, LOOK, 80)).strip()


@pytest.mark.parametrize(
    ("total", "everything", "expected"),
    [(3, 3, "3 transactions"), (1, 1, "1 transaction"), (2, 5, "2 of 5 match"), (0, 1_000, "0 of 1,000 match")],
)
def test_the_title_counts_what_the_filter_lets_through(total, everything, expected):
    """The title says how many there are, and of how many where a filter hides some."""
    assert f"sagascope  {expected}" == _text(subject_of_list(total, everything)).strip()


def test_the_title_says_an_order_that_no_column_shows():
    """Where the column is not there the title says what the list is sorted by."""
    assert "3 transactions  sorted by last seen↓" in _text(subject_of_list(3, 3, "last seen↓"))


@pytest.mark.parametrize(
    ("unknown", "expected"),
    [((), "nothing matches the filter"), (("bla",), "unknown key bla; keys are status, saga")],
)
def test_an_empty_list_names_the_key_that_is_none(unknown, expected):
    """A filter that lets nothing through is no all-clear, and a key that does not exist is named with those that do."""
    assert expected == _text(no_match(unknown, ("status", "saga"), 80)).strip()


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (Link(url="http://s"), "asking"),
        (Link(url="http://s", changed_ns=AT), "live changed 03:07:30"),
        (Link(url="http://s", changed_ns=AT, paused=True), "paused as of 03:07:30"),
        (Link(url="http://s", changed_ns=AT, away="gone"), "no answer"),
    ],
)
def test_the_title_says_how_the_reading_goes(link, expected):
    """Live, paused, not reachable: one look at the first line tells, and where the data comes from."""
    line = _text(title(link, LOOK, 80, ((" sagascope", "title"),)))

    assert expected in line
    assert "http://s" in line
    assert 80 == len(line)


def test_a_narrow_title_gives_up_the_address_first():
    """Where there is no room the address goes, the state stays."""
    line = _text(title(Link(url="http://" + "x" * 60, changed_ns=AT), LOOK, 60, ((" order-1042", "title"),)))

    assert "live" in line
    assert "http" not in line


def test_the_banner_says_what_is_wrong_how_old_and_what_next():
    """When the sidecar is away: the reason and the remedy, the age of what is shown, and how often it is tried."""
    link = Link(url="u", away="no sidecar at u: start one with `sagascope serve`", retry_s=8.0, read_ns=AT)
    text = " ".join(_text(line) for line in banner(link, AT + 95 * NS_PER_S, LOOK, 80))

    for part in ("start one with `sagascope serve`", "03:07:30", "1m 30s ago", "every 8s", "r tries now"):
        assert part in text


def test_hints_keep_to_the_width_and_say_the_place():
    """The way out first, then as many keys as fit, the place in the list always."""
    pairs = [("Enter", "open"), ("/", "filter"), ("q", "quit")]

    assert " Enter open  / filter  q quit    1 of 3 " == _text(hints(pairs, LOOK, 40, "1 of 3"))
    assert " Enter open  q quit     1 of 3 " == _text(hints(pairs, LOOK, 31, "1 of 3"))
    assert " q quit     1 of 3 " == _text(hints(pairs, LOOK, 19, "1 of 3"))
    assert " no    1 of 3 " == _text(hints((), LOOK, 14, "1 of 3", ((" no", "warn"),)))


@pytest.mark.parametrize(
    ("text", "width", "most", "expected"),
    [
        ("one two three", 8, 3, ["one two", "three"]),
        ("one two three four", 8, 2, ["one two", "three f…"]),
        ("unbreakable", 4, 3, ["unbr", "eaka", "ble"]),
        ("", 4, 3, []),
        ("漢字漢字", 5, 3, ["漢字", "漢字"]),
    ],
)
def test_text_is_wrapped_by_words(text, width, most, expected):
    """Lines break between words where they can, inside them where they must, and the last says that there is more."""
    assert expected == wrapped(text, width, most)


def test_lines_join_at_both_ends():
    """The left gives way to the right, and the whole fills the width."""
    line = joined((("a" * 50, "text"),), (("end", "dim"),), 20)

    assert (20, "end") == (width_of(line), _text(line)[-3:])
    assert () == cut(line, 0)
