"""The queries a person ran: private, bounded, and there again the next time."""

import stat

from hypothesis import given
from hypothesis import strategies as st

from tui.history import MAX_CHARACTERS, MAX_ENTRIES, History, path_of, read, write


def test_the_file_is_private_and_survives(tmp_path):
    """Only its owner may read it, lines and quotes come back as they were."""
    path = path_of({"XDG_STATE_HOME": str(tmp_path)})
    entries = ("SELECT 1", "SELECT\n  'it''s'\nFROM records")
    write(path, entries)

    assert tmp_path / "sagascope" / "sql-history" == path
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert entries == read(path).entries
    assert [path] == list(path.parent.iterdir())


def test_what_is_no_history_is_an_empty_one(tmp_path):
    """No file, other lines, bytes that are no text."""
    path = tmp_path / "history"
    assert () == read(path).entries
    path.write_bytes(b'[1]\n"kept"\nnonsense\n')
    assert ("kept",) == read(path).entries
    path.write_bytes(b"\xff\xfe")
    assert () == read(path).entries


@given(st.lists(st.text(max_size=5), max_size=300))
def test_it_is_bounded_and_names_each_query_once(queries):
    """The latest last; the oldest go."""
    kept = History()
    for query in queries:
        kept = kept.ran(query)

    assert len(kept.entries) <= MAX_ENTRIES
    assert len(set(kept.entries)) == len(kept.entries)
    assert not any(query.strip() and query.strip() not in kept.entries for query in queries[-MAX_ENTRIES:])


def test_what_is_too_long_is_not_kept():
    """A pasted file is no query to go back to."""
    assert () == History().ran("x" * (MAX_CHARACTERS + 1)).entries


def test_back_and_onward_come_back_to_what_was_typed():
    """At either end they stay."""
    kept = History().ran("one").ran("two")
    kept, text = kept.back("typed")
    assert "two" == text
    kept, text = kept.back(text)
    kept, text = kept.back(text)
    assert "one" == text
    kept, text = kept.onward(text)
    kept, text = kept.onward(text)
    assert "typed" == text
    assert (kept, "more") == kept.onward("more")
