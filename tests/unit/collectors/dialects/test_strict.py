"""What the engine takes for JSON and others do not."""

import pyarrow as pa
import pytest

from collectors.dialects.strict import MAX_DEPTH, MAX_DIGITS, faults

BAD = [
    "[1,]",
    "[1 , ]",
    '{"a":1,\n}',
    "NaN",
    " nan",
    '{"a":NaN}',
    "[Infinity]",
    "[-inf]",
    '{"a": infinity}',
    "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
    '{"a":' * (MAX_DEPTH + 1) + "1" + "}" * (MAX_DEPTH + 1),
    "[1" + "0" * MAX_DIGITS + "]",
    '"[1,]"',
    '"{\\"a\\":NaN}"',
    '"[1,\\n]"',
    '"[1,\\u0020]"',
    '{"payload":"{\\"a\\":1,}"}',
    '{"headers":{},"payload":"{\\"a\\":1,\\u007d"}',
]
GOOD = [
    "",
    "{ }",
    "null",
    "[\n1\n]",
    '{"a":", ]"}',
    '{"a":"see: nan, inf","b":[1, 2]}',
    '{"name":"in","na":null}',
    '["' + "[" * 300 + '"]',
    "[" * MAX_DEPTH + "]" * MAX_DEPTH,
    "[" + ",".join(["[]"] * 300) + "]",
    '"{\\"a\\":1}"',
    '"[1,2\\u0020]"',
    '{"a":"' + "1" * 5000 + '"}',
]


@pytest.mark.parametrize("text", BAD)
def test_what_other_readers_refuse(text: str) -> None:
    """A value that other readers of JSON stumble over is refused with a reason, wherever it stands in a batch."""
    between = faults(pa.array(["]", text, None, "x"]))

    assert [True, False, True, True] == between.is_null().to_pylist()


@pytest.mark.parametrize("text", GOOD)
def test_what_other_readers_take(text: str) -> None:
    """A value that looks like trouble and is none passes; so does what is no JSON at all, for others to refuse."""
    assert [None, None] == faults(pa.array([text, text])).to_pylist()


def test_a_slice() -> None:
    """A part of a larger column is read as the part that it is."""
    column = pa.array(["padding", *GOOD, *BAD]).slice(1 + len(GOOD))

    assert 0 == faults(column).null_count


def test_the_edges_of_a_piece() -> None:
    """A value is found wherever it lies in memory."""
    texts = [*("x" * size for size in range(2**17 - 9, 2**17)), "[1,]", "{}"]

    for lead in range(9):
        assert [False] == faults(pa.array([texts[lead], "[1,]", "{}"])).is_null().to_pylist()[1:2]
