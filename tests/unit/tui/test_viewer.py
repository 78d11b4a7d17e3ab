from dataclasses import replace

import pytest

from tests.unit.tui.fake import entry, transaction
from tui.viewer import opener, trace_url

FIRST, LAST = "a" * 32, "b" * 32
TEMPLATE = "https://traces.example/t/{trace_id}?saga={saga}"
ONE = transaction(timeline=(entry("x", 9, trace_id=FIRST), entry("y", 8, trace_id=LAST), entry("z", 7, trace_id=None)))
LINKED = replace(ONE, links={"trace": f"https://mine.example/{LAST}"})


@pytest.mark.parametrize(
    ("one", "template", "trace_id", "expected"),
    [
        (ONE, TEMPLATE, None, f"https://traces.example/t/{LAST}?saga=order-fulfilment"),
        (ONE, TEMPLATE, FIRST, f"https://traces.example/t/{FIRST}?saga=order-fulfilment"),
        (replace(ONE, saga="a/b c&d"), TEMPLATE, FIRST, f"https://traces.example/t/{FIRST}?saga=a%2Fb%20c%26d"),
        (LINKED, TEMPLATE, None, f"https://mine.example/{LAST}"),
        (LINKED, None, FIRST, f"https://mine.example/{FIRST}"),
        (ONE, None, FIRST, None),
        (replace(ONE, timeline=()), TEMPLATE, None, None),
    ],
)
def test_the_address_is_that_of_the_line_else_the_last_trace(one, template, trace_id, expected):
    """The definition's template comes first, then the person's; what is filled in is percent-encoded."""
    assert expected == trace_url(one, template, trace_id)


@pytest.mark.parametrize(
    "template",
    ["javascript:alert({trace_id})", "file:///etc/passwd?{trace_id}", "https://", "http:///x/{trace_id}",
     "https://x.example/ {trace_id}", 'https://x.example/"{trace_id}', "https://x.example/\x1b{trace_id}",
     "-e{trace_id}", "https://[x/{trace_id}", "https://x.example/" + "y" * 3_000],
)  # fmt: skip
def test_only_addresses_of_the_web_are_opened(template):
    """What is no address of http or https, or could be read as an option, is none."""
    assert trace_url(ONE, template) is None
    assert trace_url(replace(ONE, links={"trace": template}), None) is None


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({"DISPLAY": ":0"}, "linux", ["/usr/bin/xdg-open"]),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", ["/usr/bin/xdg-open"]),
        ({}, "linux", []),
        ({}, "darwin", ["open"]),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}, "linux", []),
        ({"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}, "darwin", []),
        ({"BROWSER": "xdg-open --new-window %s:lynx"}, "linux", ["xdg-open", "--new-window"]),
        ({"BROWSER": "nowhere"}, "linux", []),
        ({"BROWSER": "xdg-open 'half a quote"}, "linux", []),
    ],
)
def test_a_browser_opens_only_where_the_person_sits(environ, platform, expected):
    """Over ssh, or without a screen, there is none; BROWSER is taken as words, never as a command line."""
    known = {"xdg-open": "/usr/bin/xdg-open"}

    assert expected == opener(environ, known.get, platform)
