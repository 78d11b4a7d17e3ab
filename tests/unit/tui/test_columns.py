from dataclasses import replace

import pytest

from tests.unit.tui.fake import night, summary
from tui.columns import (
    COLUMNS,
    NO_WIDTHS,
    SORTABLE,
    columns_of,
    grown,
    header,
    hidden_order,
    lay_out,
    painted,
    placeholder,
)
from tui.keys import help_groups
from tui.look import Look, width_of
from tui.screens.timeline import TimelineScreen
from tui.screens.transactions import TransactionsScreen

LOOK = Look()
WIDTHS = grown(NO_WIDTHS, night())


def _text(line):
    return "".join(piece for piece, _ in line)


def _line(row, width=119, *, drift_s=0.0, selected=False, look=LOOK):
    return painted(row, lay_out(width, WIDTHS), look, drift_s=drift_s, selected=selected)


@pytest.mark.parametrize("width", [60, 79, 99, 119, 149, 199, 300])
def test_every_row_fits_the_width(width):
    """At every width the rows and the header are equally wide and fit."""
    layout = lay_out(width, WIDTHS)
    widths = {width_of(_line(row, width)) for row in night()} | {width_of(header(layout, "status", LOOK))}

    assert 1 == len(widths)
    assert widths.pop() <= max(width, 74)


def test_the_columns_of_a_small_terminal():
    """At 80 columns everything that is asked for is there."""
    titles = _text(header(lay_out(79, WIDTHS), "-in_step", LOOK)).split()

    assert ["STATUS", "TRANSACTION", "SAGA", "STEP", "OWNER", "IN", "STEP↓", "AGE"] == titles


def test_an_order_without_a_column_is_named():
    """Sorted by what this width does not show, the order has a name; sorted by what it shows, the column says it."""
    small, wide = lay_out(79, WIDTHS), lay_out(199, WIDTHS)

    assert "last seen↓" == hidden_order(small, "-last_activity", LOOK)
    assert "last seen^" == hidden_order(small, "last_activity", Look(unicode=False))
    assert ["", ""] == [hidden_order(wide, "-last_activity", LOOK), hidden_order(small, "-age", LOOK)]


def test_a_wide_terminal_shows_more_and_cuts_nothing():
    """At 200 columns ids are whole, and the stall kind and the error are there."""
    shown = _text(_line(night()[1], 199))

    for word in ("transfer-77-0031", "money-transfer", "credit-account", "retry-loop", "409 version conflict"):
        assert word in shown


def test_a_status_is_a_glyph_and_a_word():
    """No status depends on colour or on Unicode."""
    for look in (LOOK, Look(unicode=False, colour=False)):
        signs = {_text(_line(row, look=look))[2:17].strip() for row in night()}

        assert 6 == len({sign.split()[0] for sign in signs})
        assert {"stuck", "compensating", "running", "failed", "compensated", "completed"} == {
            sign.split()[1] for sign in signs
        }


def test_an_open_transaction_grows_older():
    """Time since the reading is added to what is open, and to nothing that ended."""
    running, done = summary(in_step_s=42, age_s=61), summary(status="completed", in_step_s=42, age_s=61)

    assert ["42s", "1m"] == _text(_line(running)).split()[-2:]
    assert ["47s", "1m"] == _text(_line(running, drift_s=5)).split()[-2:]
    assert _text(_line(done)) == _text(_line(done, drift_s=5))


def test_an_inferred_step_is_marked():
    """A step that no record said had begun has a tilde before it."""
    assert "~charge-card" in _text(_line(summary(basis="inferred")))
    assert "~" not in _text(_line(summary(basis="exact")))


def test_columns_do_not_shrink_again():
    """Once wide, a column stays wide, so that the list does not jitter as rows come and go."""
    wide = grown(NO_WIDTHS, [summary(transaction_id="x" * 30)])

    assert wide == grown(wide, [summary(transaction_id="x")])


def test_hostile_rows_are_harmless():
    """Whatever the fields hold, a row is printable and as wide as any other."""
    evil = "\x1b]52;c;ZXZpbA==\x07[bold]\x9b2J\u202e" + "x" * 2**20
    row = replace(summary(), transaction_id=evil, saga=evil, step=evil, owner=evil, error=evil)

    assert _text(_line(row, 199)).isprintable()
    assert width_of(_line(row, 199)) == width_of(_line(summary(), 199))


def test_a_row_that_is_not_here_yet_says_its_number():
    """A row that is still to be read says which one it is."""
    assert "row 900,001" in _text(placeholder(900_000, LOOK, selected=False))


def test_no_letter_sorts_two_columns():
    """Each sortable column has a letter of its own."""
    assert len(SORTABLE) == len({column.letter for column in SORTABLE})


@pytest.mark.parametrize("screen", [TransactionsScreen, TimelineScreen])
def test_no_key_does_two_things(screen):
    """On a screen every key in the help has one meaning."""
    keys = [key for pairs in help_groups(screen).values() for shown, _ in pairs for key in shown.split()]

    assert len(keys) == len(set(keys))


def test_a_wide_column_never_costs_the_others_a_letter():
    """The stall kind is shown only where saga, step and owner stay whole."""
    rows = [replace(row, saga="a-saga-with-a-long-name", step="and-a-step-with-one") for row in night()]
    widths = grown(NO_WIDTHS, rows)
    for width in range(104, 140):
        shown = _text(painted(rows[0], lay_out(width, widths), LOOK, drift_s=0.0, selected=False))

        assert "a-saga-with-a-long-name" in shown
        assert "~and-a-step-with-one" in shown
    assert "handoff-lost" in shown


def test_the_id_is_the_last_to_be_cut():
    """On a small terminal ids of up to 21 cells stay whole, however long saga, step and owner are."""
    row = replace(summary("ORD-2026-104049"), saga="s" * 30, step="p" * 30, owner="o" * 24)
    layout = lay_out(79, grown(NO_WIDTHS, [row]))

    assert "ORD-2026-104049 " in _text(painted(row, layout, LOOK, drift_s=0.0, selected=False))
    assert 79 == width_of(painted(row, layout, LOOK, drift_s=0.0, selected=False))


def test_chosen_columns_stand_in_their_order():
    """What a person chose is shown on any terminal in that order; what is too wide for it gives way as ever."""
    chosen = columns_of(("error", "transaction", "in-step"), {})

    assert ["error", "transaction_id", "in_step"] == [
        column.key for column, _ in lay_out(80, NO_WIDTHS, chosen).columns
    ]
    assert ["transaction_id", "in_step"] == [column.key for column, _ in lay_out(24, NO_WIDTHS, chosen).columns]
    assert ["error"] == [column.key for column, _ in lay_out(8, NO_WIDTHS, columns_of(("error",), {})).columns]


def test_nobodys_choice_is_all_columns():
    """Without a choice the columns are those that suit the terminal."""
    assert columns_of((), {}) == COLUMNS


def test_the_letter_is_that_of_the_persons_key():
    """A title underlines the letter that sorts by it, as it is bound, and none where that is no letter of its own."""
    chosen = columns_of((), {"age": "G", "saga": "Ctrl-S"})
    titles = header(lay_out(120, NO_WIDTHS, chosen), "status", LOOK)

    assert "G" in {text for text, role in titles if role == "letter"}
    assert not {"A", "N"} & {text for text, role in titles if role == "letter"}
