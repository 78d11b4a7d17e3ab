import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.dialects.confluent.errors import BadValue
from collectors.dialects.confluent.framing import framed, message_indexes, schema_ids

HEAD = b"\0\0\0\0\x01"


def test_framed_values_and_their_ids() -> None:
    """A zero byte begins the format; the id is four bytes, big-endian, and absent from a value that is cut."""
    values = pa.array([b"\0\0\0\x01\x02rest", b"{}", None, b"", b"\0", b"\0\0\0\0", b"\0\xff\xff\xff\xff"], pa.binary())

    assert [True, False, False, False, True, True, True] == framed(values).tolist()
    assert [258, -1, -1, 2**32 - 1] == schema_ids(values.filter(pa.array(framed(values)))).tolist()


def test_ids_of_a_slice() -> None:
    """A slice of a longer column is read where it begins."""
    values = pa.array([b"\0\0\0\0\x01", b"\0\0\0\0\x02", b"\0\0\0\0\x03"], pa.binary())[1:]

    assert [2, 3] == schema_ids(values).tolist()


@pytest.mark.parametrize(
    ("tail", "expected"),
    [(b"\0x", ((0,), 6)), (b"\x02\x00x", ((0,), 7)), (b"\x04\x02\x00x", ((1, 0), 8)), (b"\x02\x80\x01", ((64,), 8))],
)
def test_message_indexes(tail: bytes, expected: tuple[tuple[int, ...], int]) -> None:
    """A single zero stands for the first message, else the number of indexes and each of them, in zigzag."""
    assert expected == message_indexes(HEAD + tail)


@pytest.mark.parametrize("tail", [b"", b"\x02", b"\x80", b"\x01", b"\xfe\xff\xff\xff\x0f", b"\xff" * 20])
def test_message_indexes_that_are_none(tail: bytes) -> None:
    """What ends too early, is negative or beyond all bounds is refused."""
    with pytest.raises(BadValue):
        message_indexes(HEAD + tail)


@given(st.binary(max_size=30))
def test_any_bytes_are_indexes_or_refused(tail: bytes) -> None:
    """Where the message begins is within the value, whatever the bytes are."""
    try:
        _, begins = message_indexes(HEAD + tail)
    except BadValue:
        return

    assert 6 <= begins <= len(HEAD + tail)
