import pytest

from tui.palette import MAX_CHOICES, choices, named

SAGAS = ("money-transfer", "order-fulfilment")
IDS = ("order-1042", "transfer-77-0031")


def _lines(text):
    return [choice.line for choice in choices(text, SAGAS, IDS)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order-1042", "open order-1042"), (":order-1042 ", "open order-1042"), ("PAY-2231", "open PAY-2231"),
        ("order-fulfilment", "flow order-fulfilment"), ("flow money", "flow money-transfer"),
        ("flow nobody", "flow nobody"), ("now", "now"), ("q", "quit"), ("list status:stuck", "list status:stuck"),
        ("open now", "open now"), ("", "now"),
    ],
)  # fmt: skip
def test_the_likeliest_comes_first(text, expected):
    """An id goes to its transaction, the name of a saga to its flow, a word to its screen."""
    assert expected == _lines(text)[0]


def test_what_went_by_is_offered():
    """A part of a known id or of a saga finds it, each once, after what was typed."""
    assert ["open order", "open order-1042", "flow order-fulfilment"] == _lines("order")
    assert ["flow money-transfer", "flow order-fulfilment"] == _lines("flow")[-2:]


def test_any_text_may_be_an_id():
    """An id that begins like a screen can be opened too."""
    assert ["now", "open no"] == _lines("no")[:2]


def test_there_are_never_too_many():
    """However many sagas and ids there are, the choices fit a small terminal, and hostile ones are harmless."""
    many = choices("", [f"s{each}" for each in range(99)], [f"i{each}\x1b[2J" for each in range(99)])

    assert MAX_CHOICES == len(many)
    assert all(named(choice).isprintable() for choice in many)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("theme", ["theme dark", "theme light", "theme high-contrast", "theme colour-blind", "theme ansi"]),
        ("theme li", ["theme light"]), ("theme Dark", ["theme dark"]), ("theme drak", ["theme drak"]),
    ],
)  # fmt: skip
def test_themes_are_offered(text, expected):
    """After `theme` come the themes that begin so; what is none says which there are."""
    assert expected == _lines(text)


def test_the_beginning_of_theme_is_enough_to_find_it():
    """The word itself is offered like the screens."""
    assert "theme" == _lines("the")[0]
