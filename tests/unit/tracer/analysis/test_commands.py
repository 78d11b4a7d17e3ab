"""The filling of a command: right for what is usual, and harmless for what somebody put there on purpose."""

import shlex
import subprocess
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.analysis.commands import MAX_VALUE, Filled, fault, fill
from tracer.model.text import clean

CURL = "curl -fsS -X POST http://inventory/reservations/{reservation_id}/release"
HOSTILE = (
    "$(reboot)", "`reboot`", "a; reboot", "a'b", 'a"b', "a b", "a\\", "-rf", "--config=/x", "@/etc/passwd",
    "</etc/passwd", "../../admin", "..", ".", "a\nreboot", "a\x00b", "a\x1b]52;c;cmVib290\x07", "a\u202eb",
    "x" * 10_000, "", " ", "~", "*", "a&admin=1", "a|b", "a>b", "#", "!!", "%2e%2e", "{x}", "}", "ü", "a,b",
)  # fmt: skip


def filled(template, **values):
    """Fill a template with one value for each name."""
    return fill(template, lambda path: (values[path],) if path in values else ())


def command(template, **values):
    """Give the command alone."""
    return filled(template, **values).command


def problem(template, **values):
    """Give why there is no command."""
    told = filled(template, **values)

    assert told.command is None
    return told.problem


@pytest.mark.parametrize(
    ("template", "value", "expected"),
    [
        (CURL, "rsv-9", "curl -fsS -X POST http://inventory/reservations/rsv-9/release"),
        (CURL, 4711, "curl -fsS -X POST http://inventory/reservations/4711/release"),
        (CURL, "a b/c?d#e", "curl -fsS -X POST http://inventory/reservations/a%20b%2Fc%3Fd%23e/release"),
        (CURL, "../../admin", "curl -fsS -X POST http://inventory/reservations/..%2F..%2Fadmin/release"),
        (CURL, "$(reboot)", "curl -fsS -X POST http://inventory/reservations/%24%28reboot%29/release"),
        ('curl "http://i/{reservation_id}?a=1&b=2"', "x y", 'curl "http://i/x%20y?a=1&b=2"'),
        ("release {reservation_id}", "rsv-9", "release rsv-9"),
        ("release {reservation_id}", "$(reboot)", "release '$(reboot)'"),
        ("release {reservation_id}", "a'b", "release 'a'\"'\"'b'"),
        ("release --id={reservation_id}", "a b; c", "release --id='a b; c'"),
        ("release --id={reservation_id}", True, "release --id=true"),
        ('release -d \'{{"id": "{reservation_id}"}}\'', "rsv-9", 'release -d \'{"id": "rsv-9"}\''),
        ("ssh shop release {reservation_id}", "rsv-9", "ssh shop release rsv-9"),
        ("release ${{TOKEN}} {reservation_id}", "rsv-9", "release ${TOKEN} rsv-9"),
        ("cat /spool/{reservation_id}.json", "rsv-9", "cat /spool/rsv-9.json"),
    ],
)
def test_a_value_takes_its_place(template, value, expected):
    """A value stands where the template has it, quoted for the shell or encoded for a URL where it has to be."""
    assert Filled(command=expected) == filled(template, reservation_id=value)


@pytest.mark.parametrize(
    ("template", "value", "expected"),
    [
        ("release {id}", "-rf", 'id is "-rf", which its command could take for an option or a file'),
        (
            "curl -F a={id}",
            "@/etc/passwd",
            'id is "@/etc/passwd", which its command could take for an option or a file',
        ),
        (CURL.replace("reservation_id", "id"), "..", 'id is "..", which would lead elsewhere in a URL'),
        ("cat /spool/{id}", "../../etc/passwd", 'id is "../../etc/passwd", which could lead elsewhere in a path'),
        ("cat {id}/x", "/etc", 'id is "/etc", which could lead elsewhere in a path'),
        (
            "psql -c \"delete from r where id = '{id}'\"",
            "x' or 'a'='a",
            "id is \"x' or 'a'='a\", which is not safe where its command has it: within quotes or a second shell",
        ),
        (
            "ssh shop release {id}",
            "$(reboot)",
            'id is "$(reboot)", which is not safe where its command has it: within quotes or a second shell',
        ),
        (
            "release `id` {id}",
            "a`b",
            'id is "a`b", which is not safe where its command has it: within quotes or a second shell',
        ),
        (
            "release {id}",
            "a\nreboot",
            'id is "a\u240areboot", which has control characters or more than 512 characters',
        ),
        ("release {id}", "a\x00", 'id is "a\u2400", which has control characters or more than 512 characters'),
        ("release {id}", {"a": 1}, "id is no single value in its records"),
        ("release {id}", None, "id is in none of its records"),
        ("release {id}", " ", "id is empty in its records"),
    ],
)
def test_a_value_that_could_hurt_is_refused(template, value, expected):
    """Where quoting is not enough there is no command, and the reason names the value."""
    assert expected == problem(template, id=value)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("release {", "its template has a brace by itself: write {{ and }} for braces"),
        ("release -d '{\"id\": 5}'", "its template has a brace by itself: write {{ and }} for braces"),
        ("release 'it", "its template has quotes or a backslash that nothing closes"),
        ("release it\\", "its template has quotes or a backslash that nothing closes"),
        ("release \\{id}", "its template has a backslash before {id}"),
        ("release ${id}", "its template has a $ before {id}: write ${{id}} for a variable of the shell"),
        ("{id} --now", "its template lets {id} name the program"),
        ("true; {id}", "its template lets {id} name the program"),
        ("cat <<END\n{id}\nEND", "its template is no single line, has control characters or is too long"),
        ("release " + "x" * 5000, "its template is no single line, has control characters or is too long"),
        ("release" + " {id}" * 500, "the command has more than 4096 characters"),
        ("release {other}", "other is in none of its records"),
    ],
)
def test_a_template_that_makes_no_command_is_told(template, expected):
    """A template that a shell would read otherwise than it was meant gives no command."""
    assert expected == problem(template, id="rsv-12345")


def test_several_values_are_named_and_not_guessed():
    """Of different values none is taken; the same one, as a number and as text, is one."""
    several = fill("release {id}", lambda _: ("r-1", "r-2", "r\x1b", "r-4", "r-5"))

    assert "id has several values in its records: r-1, r-2, r\u241b and 2 more" == several.problem
    assert "release 7" == fill("release {id}", lambda _: (7, "7", None)).command


def test_a_path_is_asked_for_as_it_is_written():
    """A placeholder may be a name, a path or an alias."""
    asked = []

    fill('x {a_b} {$.order.id} {alias.payment} {$."odd name"}', lambda path: asked.append(path) or ("1",))

    assert ["a_b", "$.order.id", "alias.payment", '$."odd name"'] == asked


WORDS = st.sampled_from(
    ["release", "-x", "{id}", "--id={id}", "id-{id}", "{id}.json", "a'b c'{id}", '"q {id} r"', "'{{\"id\": \"{id}\"}}'",
     "http://i/{id}/x", '"http://i/{id}?a=1&b=2"', "--url=http://i/a?b={id}", "{id}{id}", "/spool/{id}", "a\\ b{id}"],
)  # fmt: skip
VALUES = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=20), st.text("abc-._:/@='\"\\ $`", max_size=9))


@given(st.lists(WORDS, max_size=6), VALUES)
def test_a_value_stays_within_its_word(words, value):
    """A shell reads the same words as in the template, each with the value in its place, or there is no command."""
    template = " ".join(["do", *words])
    told = command(template, id=value)
    if told is None:
        return
    mark = "\uf8ffMARK\uf8ff"
    plain = shlex.split(template.replace("{id}", mark).replace("{{", "{").replace("}}", "}"))
    expected = [word.replace(mark, quote(value, safe="") if "://" in word else value) for word in plain]

    assert expected == shlex.split(told)
    assert told == clean(told)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_real_shell_agrees(value):
    """What sh hands to a program is the value, whatever is in it."""
    told = command("printf %s --id={id}", id=value)
    if told is None:
        return
    ran = subprocess.run(["sh", "-c", told], capture_output=True, check=True, timeout=10)

    assert f"--id={value}" == ran.stdout.decode()


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,30}", fullmatch=True).filter(lambda text: ".." not in text))
def test_a_usual_id_is_always_taken(value):
    """What business ids look like fits every place that a template may have."""
    template = "do {id} --id={id} \"q {id}\" 'http://i/{id}' /spool/{id} $(echo {id})"

    assert template.replace("{id}", value) == command(template, id=value).replace(quote(value, safe=""), value)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("template", ["ssh h do {id}", "sh -c 'do {id}'", 'do "$(x {id})"', "echo `do {id}`"])
def test_nothing_hostile_reaches_a_second_shell(template, value):
    """What a second shell reads has only plain characters."""
    told = command(template, id=value)

    assert told is None or value in {"../../admin", "..", "."}


def test_the_longest_value_fits():
    """A value at the limit is taken, a longer one is not."""
    assert f"do {'x' * MAX_VALUE}" == command("do {id}", id="x" * MAX_VALUE)
    assert command("do {id}", id="x" * (MAX_VALUE + 1)) is None


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (CURL, None),
        ("refund {id}", None),
        ("{id} refund", "its template lets {id} name the program"),
        ("refund '{id}", "its template has quotes or a backslash that nothing closes"),
    ],
)
def test_a_template_is_at_fault_where_plain_values_make_no_command(template, expected):
    """What is wrong with a template itself is known without a transaction."""
    assert fault(template) == expected
