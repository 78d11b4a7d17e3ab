import pytest

from tracer.config.toml_lines import key_lines


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("a = 1\n\n[b]\nc = 2\n", ("b", "c"), 4),
        ("[[a.b]]\nc = 1\n[[a.b]]\nc = 2\n", ("a", "b", "1", "c"), 4),
        ("[[a.b]]\n[a.b.c]\nd = 1\n[[a.b]]\n[a.b.c]\nd = 2\n", ("a", "b", "1", "c", "d"), 6),
        ("[[a]]\n[[a.b]]\n[[a]]\n[[a.b]]\n[[a.b]]\n", ("a", "1", "b", "1"), 5),
        ("a = [\n  1, # one\n  [2],\n\n  { b = 3 },\n]\n", ("a", "2", "b"), 5),
        ("a = { b = { c = 1 }, d = 2 }\ne = 1\n", ("a", "b", "c"), 1),
        ("a.b . c = 1\n", ("a", "b", "c"), 1),
        ('"a.b" = 1\n"c\\"]" = 2\n', ('c"]',), 2),
        ("[a.'b]'.c]\nd = 1\n", ("a", "b]", "c", "d"), 2),
        ('a = """\nb = 1\n"\\""""\nb = 2\n', ("b",), 4),
        ("a = '''\nb = 1 ''''\nb = 2\n", ("b",), 3),
        ("a = [1.5, 1979-05-27 07:32:00, true]\r\nb = -1e3\r\n", ("b",), 2),
        ("a = '# no comment' # a = 2\nb = 1 # c\nc = 1\n", ("c",), 3),
        ("# \N{LINE SEPARATOR}\na = 1\n", ("a",), 2),
    ],
)
def test_each_key_has_its_line(text, path, expected):
    """Strings, comments, lists, inline tables and tables below an item of a list lead no line astray."""
    assert key_lines(text)[path] == expected


def test_a_table_has_the_line_of_its_header():
    """The list itself has the line of its first item."""
    actual = key_lines("\n[[a.b]]\n\n[[a.b]]\n[c]\n")

    assert actual == {("a", "b"): 2, ("a", "b", "0"): 2, ("a", "b", "1"): 4, ("c",): 5}


def test_a_text_without_keys_has_no_lines():
    """Blanks and comments are nothing."""
    assert key_lines(" # a = 1\n\n") == {}
