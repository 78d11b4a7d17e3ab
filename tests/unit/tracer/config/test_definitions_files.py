"""Which files are read, what several of them say together, and how a change is noticed."""

import os
from itertools import pairwise
from pathlib import Path

import pytest

from tracer.config.definitions import fingerprint, load_definitions, read_definitions
from tracer.errors import ConfigError


def saga(name: str, *events: str, more: str = "") -> str:
    """Write a saga of one step with these events."""
    return f'[saga.{name}]\nstep = [{{ name = "a", owner = "o", starts = {list(events)} }}]\n{more}'


@pytest.fixture
def folder(tmp_path):
    """Give a folder with two definitions and what is none."""
    (tmp_path / "sagas" / "old").mkdir(parents=True)
    (tmp_path / "sagas" / "b.toml").write_text(saga("b", "B"))
    (tmp_path / "sagas" / "a.toml").write_text(saga("z", "Z") + saga("a", "A"))
    (tmp_path / "sagas" / "old" / "c.toml").write_text(saga("c", "C"))
    (tmp_path / "sagas" / "README.md").write_text("no definition")
    (tmp_path / "sagas" / "d.toml").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["sagas/*.toml"], ["z", "a", "b"]),
        (["sagas/b.toml", "sagas/a.toml"], ["z", "a", "b"]),
        (["sagas/b.toml", "sagas/[b].toml", "sagas/../sagas/b.toml"], ["b"]),
        (["sagas/**/*.toml"], ["z", "a", "b", "c"]),
        (["{folder}/sagas/b.toml", "{folder}/sagas/old/?.toml"], ["b", "c"]),
        ([], []),
    ],
)
def test_files_are_found_once_and_in_order(folder, files, expected):
    """Names and globs count from the folder, or are absolute; the order is that of the files' names."""
    actual = load_definitions([each.format(folder=folder) for each in files], base=folder)

    assert [saga.name for saga in actual] == expected


def test_a_saga_knows_its_file(folder):
    """The place is the file and the line."""
    _, actual = load_definitions(["sagas/a.toml"], base=folder)

    assert actual.where == f"{folder / 'sagas' / 'a.toml'}:3"


def test_a_name_that_is_there_is_no_glob(folder):
    """Brackets in the name of a file mean themselves where such a file is."""
    (folder / "[b].toml").write_text(saga("bracket"))

    assert [saga.name for saga in load_definitions(["[b].toml"], base=folder)] == ["bracket"]


@pytest.mark.parametrize("name", ["none.toml", "sagas", "sagas/d.toml", ""])
def test_a_file_that_is_not_there_is_an_error(folder, name):
    """A name means one file; a folder is none."""
    with pytest.raises(ConfigError) as raised:
        read_definitions([name], base=folder, asked="c.toml:7: [sagas] files")

    assert str(raised.value).startswith(f'c.toml:7: [sagas] files: "{name}": no such file in {folder}; a folder is')


def test_a_glob_that_matches_nothing_is_a_warning(folder):
    """The first definition may be written later."""
    actual = read_definitions(["sagas/*.tml"], base=folder)

    assert actual.warnings == (f'[sagas] files: "sagas/*.tml" matches no file in {folder}, so it defines no saga',)
    assert actual.sagas == ()


def test_a_file_without_a_saga_is_a_warning(folder):
    """It is never silent that a file does nothing."""
    (folder / "e.toml").write_text("# later\n")

    assert read_definitions(["e.toml"], base=folder).warnings == (
        f"{folder / 'e.toml'}: defines no saga; a saga begins with [saga.NAME]",
    )


def test_a_saga_in_two_files_names_both_places(folder):
    """Neither file wins by chance."""
    (folder / "sagas" / "c.toml").write_text("\n" + saga("a"))

    with pytest.raises(ConfigError) as raised:
        load_definitions(["sagas/*.toml"], base=folder)

    place, other = folder / "sagas" / "c.toml", folder / "sagas" / "a.toml"
    assert str(raised.value).startswith(f"{place}:2: [saga.a]: is defined at {other}:3 already")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"# \xff", ":1: is not UTF-8: save the file as UTF-8"),
        (b"\n\n# \xff", ":3: is not UTF-8: save the file as UTF-8"),
        (b"#" * (2**20 + 1), ":1: larger than 1MiB: part it into several files"),
        (b"[saga.x\n", ":1: not valid TOML"),
    ],
    ids=["odd", "odd later", "large", "malformed"],
)
def test_a_file_that_is_no_definition_is_named(folder, content, expected):
    """Whatever a file holds, the error names it and the line."""
    (folder / "e.toml").write_bytes(content)

    with pytest.raises(ConfigError) as raised:
        load_definitions(["e.toml"], base=folder)

    assert str(raised.value).startswith(f"{folder / 'e.toml'}{expected}")


def test_a_file_that_cannot_be_read_is_named(folder, monkeypatch):
    """What the system refuses is told with its reason."""

    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ConfigError) as raised:
        load_definitions(["sagas/b.toml"], base=folder)

    assert str(raised.value).startswith(f"{folder / 'sagas' / 'b.toml'}: cannot be read: Permission denied")


def test_there_is_a_limit_for_all_files_together(tmp_path):
    """The limit of sagas is not one for each file."""
    for file in "ab":
        text = "".join(saga(f"{file}{n}") for n in range(129))
        (tmp_path / f"{file}.toml").write_text(text)

    with pytest.raises(ConfigError, match=r"b\.toml:255: more than 256 sagas"):
        load_definitions(["*.toml"], base=tmp_path)


def test_names_of_two_sagas_are_warned_of(tmp_path):
    """Without saga.name such a record could belong to either."""
    (tmp_path / "a.toml").write_text(saga("one", "E", "D", "X") + saga("two", "D", "E") + saga("three", "Y"))
    (tmp_path / "b.toml").write_text(saga("four", *"EDCBX") + "[saga.five]\n" + saga("six", "Z", "B", "C")[6:])

    actual = read_definitions(["a.toml"], base=tmp_path).warnings

    expected = f'{tmp_path}/a.toml:3: [saga.two]: "D", "E" stand in [saga.one] ({tmp_path}/a.toml:1) too: '
    told = "records that carry no saga.name cannot be told apart; narrow the names with where"
    assert actual == (expected + told,)


def test_a_warning_of_many_names_is_short(tmp_path):
    """Two versions of a saga share all of their names; three of them say enough."""
    (tmp_path / "a.toml").write_text(saga("v1", *"EDCBA") + saga("v2", *"ABCDE"))

    (actual,) = read_definitions(["a.toml"], base=tmp_path).warnings

    assert '[saga.v2]: "A", "B", "C" and 2 more stand in [saga.v1] (' in actual


def test_a_name_that_one_saga_narrows_is_not_warned_of(tmp_path):
    """Different values tell the sagas apart, the same ones do not."""
    narrowed = "step = [{ name = 'a', owner = 'o', starts = [{ name = 'E', where = { k = '%s' } }] }]\n"
    (tmp_path / "a.toml").write_text(f"[saga.a]\n{narrowed % 1}[saga.b]\n{narrowed % 2}" + saga("c", "E"))
    (tmp_path / "b.toml").write_text(f"[saga.d]\n{narrowed % 2}")

    assert read_definitions(["a.toml"], base=tmp_path).warnings == ()
    assert len(read_definitions(["a.toml", "b.toml"], base=tmp_path).warnings) == 1


def test_the_fingerprint_changes_with_the_files(folder):
    """A file that comes, goes, grows or is written again is a change; reading is none."""
    seen = [fingerprint(["sagas/*.toml"], folder)]
    for change in (
        lambda: (folder / "sagas" / "new.toml").write_text(saga("new")),
        lambda: (folder / "sagas" / "new.toml").write_text(saga("newer")),
        lambda: os.utime(folder / "sagas" / "new.toml", ns=(1, 1)),
        lambda: (folder / "sagas" / "new.toml").rename(folder / "sagas" / "other.toml"),
        (folder / "sagas" / "other.toml").unlink,
    ):
        change()
        load_definitions(["sagas/*.toml"], base=folder)
        seen.append(fingerprint(["sagas/*.toml"], folder))

    assert all(before != later for before, later in pairwise(seen))
    assert hash(seen[0]) == hash(seen[-1])
    assert fingerprint(["none.toml", "sagas/*.tml"], folder) == ()
