import os
import pty
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from tracer.cli.main import OPEN_FILE as PROGRAM_S_OPEN_FILE
from tracer.cli.main import cli
from tracer.client import DEFAULT_URL as CLIENT_URL
from tracer.clock import SystemClock
from tracer.errors import StoreError, UsageError
from tracer.store.options import StoreOptions
from tracer.store.store import Store
from tracer.views import TransactionQuery
from tui import command
from tui.command import DEFAULT_URL, OPEN_FILE, tui
from tui.look import Look
from tui.themes import ANSI, DARK, HIGH_CONTRAST, LIGHT

# How colours begin: of 256, true ones, of 16 in front, bright and behind; the terminal's own two are none.
COLOURS = re.compile(rb"(?:\x1b\[|;)([34]8;[25];|3(?=[0-7][;m])|9(?=[0-7][;m])|4(?=[0-7][;m])|10(?=[0-7][;m]))")


class _Terminal:
    """A stream that says that it is a terminal."""

    @staticmethod
    def isatty():
        return True


@pytest.fixture
def runs(monkeypatch, tmp_path):
    """Stand in for the screen; give what it was started with. Nobody's preferences are there."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "preferences"))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("SAGASCOPE_ASCII", raising=False)
    started = []
    monkeypatch.setattr(command, "sys", type("sys", (), {"stdin": _Terminal, "stderr": _Terminal}))
    monkeypatch.delenv("TEXTUAL_DRIVER", raising=False)
    monkeypatch.setattr("tui.app.run", lambda reader, **options: started.append((reader, options)))
    monkeypatch.setattr("tui.source.connect", lambda url, token: (url, token))
    return started


def test_the_options_reach_the_screen(runs, tmp_path):
    """Address, token, deep link and filter are handed on as they were given."""
    token = tmp_path / "token"
    token.write_text("s3cret\n", encoding="utf-8")
    arguments = ["--url", "http://h:1", "--token-file", str(token), "--open", "order-1", "--filter", "status:stuck",
                 "--read-only"]  # fmt: skip
    done = CliRunner().invoke(tui, arguments, catch_exceptions=False)

    assert 0 == done.exit_code
    own = {"look": Look.of(os.environ), "keymap": {}, "columns": (), "trace_url": None, "read_only": True}
    expected = {"url_label": "http://h:1", "open_transaction": "order-1", "filter_text": "status:stuck", **own}
    assert [(("http://h:1", "s3cret"), expected)] == runs


def test_the_local_sidecar_is_the_default(runs):
    """Without options the local sidecar is read, as the client has it, and the environment can say otherwise."""
    CliRunner().invoke(tui, [], catch_exceptions=False)
    CliRunner().invoke(tui, [], env={"SAGASCOPE_URL": "http://h:2", "SAGASCOPE_TOKEN": "t"}, catch_exceptions=False)

    assert CLIENT_URL == DEFAULT_URL
    assert [(DEFAULT_URL, None), ("http://h:2", "t")] == [reader for reader, _ in runs]


def test_the_token_comes_from_a_file_or_the_environment(runs, tmp_path):
    """The variables of the other commands count here too; no option that `ps` would show carries the token."""
    (tmp_path / "token").write_text("filed\n", encoding="utf-8")
    environ = {"SAGASCOPE_TOKEN_FILE": str(tmp_path / "token"), "SAGASCOPE_TOKEN": "t"}
    CliRunner().invoke(tui, [], env=environ, catch_exceptions=False)
    refused = CliRunner().invoke(tui, ["--token", "t"], catch_exceptions=False)

    assert [(DEFAULT_URL, "filed")] == [reader for reader, _ in runs]
    assert 2 == refused.exit_code


def test_a_token_that_cannot_be_read_is_named(runs, tmp_path):
    """A missing token file is an error that names the option and the file."""
    with pytest.raises(UsageError, match=r"--token-file .*nowhere"):
        CliRunner().invoke(tui, ["--token-file", str(tmp_path / "nowhere")], catch_exceptions=False)

    assert [] == runs


@pytest.mark.parametrize("listen", ["0.0.0.0:4320", "192.0.2.7:4320", "[::]:0", "sidecar.example:4320"])
def test_a_browser_is_served_on_this_machine_alone(listen):
    """What others could reach is refused, and the way that ssh has is named."""
    with pytest.raises(UsageError, match=f"{re.escape(listen)}: .* to this machine alone, without TLS; .*ssh -L"):
        CliRunner().invoke(tui, ["--web", "--web-listen", listen], catch_exceptions=False)


@pytest.mark.parametrize("listen", ["4320", "127.0.0.1", "127.0.0.1:99999"])
def test_an_address_that_is_none_is_told(listen):
    """What is no address is named with one that is."""
    with pytest.raises(UsageError, match=r"--web-listen .*write HOST:PORT"):
        CliRunner().invoke(tui, ["--web", "--web-listen", listen], catch_exceptions=False)


def test_what_the_browser_s_terminal_is_given(monkeypatch, tmp_path):
    """The options go on as they were given, paths from anywhere; those with a variable by it, out of sight of `ps`."""
    given = []
    monkeypatch.setattr("tui.web.serving.serve", lambda handed_on, listen: given.append((handed_on, str(listen))))
    monkeypatch.chdir(tmp_path)
    arguments = ["--web", "--web-listen", "[::1]:0", "--url", "http://u:p@h:1", "--token-file", "token",
                 "--open", "--x", "--filter", "status:stuck owner:pay", "--read-only"]  # fmt: skip
    CliRunner().invoke(tui, arguments, catch_exceptions=False)

    options = ("--open=--x", "--filter=status:stuck owner:pay", "--read-only")
    variables = {"SAGASCOPE_URL": "http://u:p@h:1", "SAGASCOPE_TOKEN_FILE": str(tmp_path / "token")}
    assert [((options, variables), "[::1]:0")] == given


def test_a_file_and_a_sidecar_are_one_too_many(runs):
    """Where both are typed it is not known which is meant; a variable gives way to the file."""
    with pytest.raises(UsageError, match="--url asks a sidecar and --data reads a file"):
        CliRunner().invoke(tui, ["--url", "http://h:1", "--data", "x.duckdb"], catch_exceptions=False)

    assert [] == runs


@pytest.mark.parametrize(
    ("arguments", "environ", "expected"),
    [
        (["--theme", "high-contrast"], {"SAGASCOPE_THEME": "ansi"}, HIGH_CONTRAST),
        ([], {"SAGASCOPE_THEME": "ansi"}, ANSI),
        ([], {"SAGASCOPE_THEME": ""}, LIGHT),
        ([], {"TERM": "screen"}, LIGHT),
        ([], {"TERM": "screen", "XDG_CONFIG_HOME": "/nowhere"}, ANSI),
        ([], {"XDG_CONFIG_HOME": "/nowhere"}, DARK),
    ],
)
def test_the_theme_is_the_nearest_choice(runs, tmp_path, arguments, environ, expected):
    """The option comes before the environment, that before the file, that before what suits the terminal."""
    _prefer(tmp_path, 'theme = "light"')
    CliRunner().invoke(tui, arguments, env=environ, catch_exceptions=False)

    assert [expected] == [options["look"].theme for _, options in runs]


def _prefer(tmp_path, text):
    path = tmp_path / "preferences" / "sagascope" / "tui.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


def test_the_preferences_reach_the_screen(runs, tmp_path):
    """What the file says of keys, columns and ASCII is handed on; SAGASCOPE_ASCII comes before it."""
    _prefer(tmp_path, 'ascii = true\nkeys.list.flow = "F"\ncolumns.list = ["age", "status"]')
    CliRunner().invoke(tui, [], catch_exceptions=False)
    CliRunner().invoke(tui, [], env={"SAGASCOPE_ASCII": "0"}, catch_exceptions=False)
    options = runs[0][1]

    assert ({"list.flow": "F"}, ("age", "status")) == (options["keymap"], options["columns"])
    assert [False, True] == [each["look"].unicode for _, each in runs]


def test_a_mistake_in_the_preferences_opens_no_screen(runs, tmp_path):
    """What the file says wrong is an error before anything is shown."""
    _prefer(tmp_path, 'keys.list.flow = "y"')
    with pytest.raises(UsageError, match=r"tui\.toml: keys: list\.flow: y is also the key of list\.copy-id"):
        CliRunner().invoke(tui, [], catch_exceptions=False)

    assert [] == runs


def test_a_file_needs_the_program_that_can_open_it(runs):
    """The command alone knows no store; the program that found it says how one is opened."""
    with pytest.raises(UsageError, match="sagascope tui --data"):
        CliRunner().invoke(tui, ["--data", "x.duckdb"], catch_exceptions=False)

    assert [] == runs
    assert OPEN_FILE == PROGRAM_S_OPEN_FILE


def test_the_program_opens_the_file(runs, tmp_path):
    """Found by the program the command reads a store file, and what is wrong with the file is said before a screen."""
    Store.open(tmp_path / "s.duckdb", clock=SystemClock(), options=StoreOptions()).close()
    CliRunner().invoke(cli, ["tui", "--data", str(tmp_path / "s.duckdb")], env={"SAGASCOPE_URL": "http://h:2"},
                       catch_exceptions=False)  # fmt: skip
    with pytest.raises(StoreError, match=r"nowhere\.duckdb"):
        CliRunner().invoke(cli, ["tui", "--data", str(tmp_path / "nowhere.duckdb")], catch_exceptions=False)

    [(source, options)] = runs
    assert (tmp_path / "s.duckdb", str(tmp_path / "s.duckdb")) == (source.path, options["url_label"])
    with source.open() as reader:
        assert 0 == reader.transactions(TransactionQuery()).total


def test_an_unknown_theme_names_the_known(runs):
    """A theme that is none is refused with code 2, and the answer names all there are."""
    refused = CliRunner().invoke(tui, ["--theme", "drak"], catch_exceptions=False)

    assert (2, []) == (refused.exit_code, runs)
    assert all(name in refused.output for name in ("drak", "dark", "light", "high-contrast", "colour-blind", "ansi"))


def test_the_keys_are_listed_anywhere(runs, tmp_path):
    """`--keys` needs no terminal and no sidecar, and tells the keys as they are bound."""
    _prefer(tmp_path, 'keys.list.flow = "F"')
    done = CliRunner().invoke(tui, ["--keys"], catch_exceptions=False)

    assert (0, []) == (done.exit_code, runs)
    assert 'list.flow = "F" ' in done.output
    assert 'timeline.copy-command = "c" ' in done.output


def test_without_a_terminal_there_is_another_way():
    """In a pipe the command refuses, and names the command that prints the same list."""
    with pytest.raises(UsageError, match="sagascope ls"):
        CliRunner().invoke(tui, [], catch_exceptions=False)


def test_the_help_does_not_import_the_screens():
    """`sagascope tui --help` is quick: Textual is imported only when the screens are shown."""
    heavy = ("textual", "rich", "aiohttp", "tracer.client")
    code = f"import sys, tui.command; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert "[]" == done.stdout.strip()


def _in_a_terminal(tmp_path, **environ):
    """Start the screens in a terminal without a sidecar, leave with Ctrl-Q; give the exit code and what was written."""
    code = "from tui.command import tui; tui(['--url', 'http://127.0.0.1:1'], standalone_mode=False)"
    leader, follower = pty.openpty()
    theirs = {name: each for name, each in os.environ.items() if name not in {"COLORTERM", "NO_COLOR"}}
    own = {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", "XDG_CONFIG_HOME": str(tmp_path)}
    process = subprocess.Popen([sys.executable, "-c", code], stdin=follower, stdout=follower, stderr=follower,
                               env={**theirs, **own, **environ}, start_new_session=True)  # fmt: skip
    os.close(follower)
    shown = b""
    while b"nothing was read yet" not in shown:
        shown += os.read(leader, 65_536)
    os.write(leader, b"\x11")
    while True:
        try:
            more = os.read(leader, 65_536)
        except OSError:
            break
        if not more:
            break
        shown += more
    os.close(leader)
    return process.wait(30), shown


def test_it_runs_in_a_real_terminal(tmp_path):
    """Started in a terminal without a sidecar it says so, and Ctrl-Q leaves with code 0 and the screen restored."""
    code, shown = _in_a_terminal(tmp_path)

    assert 0 == code
    assert b"\x1b[?1049l" in shown
    assert set(COLOURS.findall(shown)) > {b"38;5;"}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [({"NO_COLOR": "1"}, set()), ({"TERM": "screen"}, {b"3"}), ({"SAGASCOPE_THEME": "ansi"}, {b"3"})],
)
def test_no_more_colours_are_written_than_there_are(tmp_path, environ, expected):
    """NO_COLOR writes no colour at all; a terminal of 16 colours gets these, and its own ground."""
    assert expected == set(COLOURS.findall(_in_a_terminal(tmp_path, **environ)[1]))
