"""Laws of definitions: what is written out is read back, and no text at all does more than a ConfigError."""

import json
import string
import tomllib
from contextlib import suppress

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tracer.config.definition_tables import PatternTable, RetryTable, SagaTable, StepTable, UndoTable
from tracer.config.definitions import parse_definitions
from tracer.config.toml_lines import key_lines
from tracer.errors import ConfigError
from tracer.model.sagas import DeclaredSaga, DeclaredStep, DeclaredUndo, Pattern
from tracer.model.words import Style

NAMES = st.text(st.sampled_from("ab-_. \"'\\[]#=,漢{}"), min_size=1, max_size=6).filter(str.strip)
SECONDS = st.none() | st.integers(1, 10**6).map(float)
COMMANDS = st.none() | st.lists(NAMES.filter(lambda text: not set("{}") & set(text)), min_size=1).map(
    lambda parts: f"run {'{x}'.join(parts)}"
)
WHERE = st.dictionaries(NAMES, NAMES, max_size=2).map(lambda where: tuple(sorted(where.items())))


# --- a small writer of TOML ------------------------------------------------------------------------------------


def inline(value):
    """Write a value in one line; JSON's texts are TOML's."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {inline(below)}" for key, below in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return json.dumps(value)


def told(**values):
    """Leave out what is not told."""
    return {key: value for key, value in values.items() if value not in (None, [], {})}


def duration(seconds):
    """Write seconds."""
    return None if seconds is None else f"{seconds:.0f}s"


def patterns(part, *keys):
    """Write the lists of names."""
    return {key: [pattern(each) for each in getattr(part, key)] for key in keys if getattr(part, key)}


def pattern(one):
    """Write a name, as a table where it is narrowed."""
    return {"name": one.name, "where": dict(one.where)} if one.where else one.name


def undo_table(undo):
    """Write a compensation."""
    lists = patterns(undo, "starts", "completes", "fails")
    return told(step=undo.step, owner=undo.owner, deadline=duration(undo.deadline_s), run=undo.run, **lists)


def step_table(step):
    """Write a step."""
    return told(
        name=step.name,
        owner=step.owner,
        after=list(step.after),
        deadline=duration(step.deadline_s),
        waits=step.waits,
        optional=step.optional or None,
        retry=told(max=step.retry_max, backoff=duration(step.backoff_s)),
        idempotency_key=step.idempotency_key,
        idempotent=step.idempotent,
        pivot=step.pivot,
        run=step.run,
        compensation=undo_table(step.compensation) if step.compensation else None,
        **patterns(step, "starts", "completes", "fails"),
    )


def written(saga, *, in_one_line):
    """Write a saga out, its steps in one list or each under its header."""
    head = f"saga.{json.dumps(saga.name)}"
    keys = told(
        style=saga.style,
        deadline=duration(saga.deadline_s),
        amount=saga.amount,
        trace_url=saga.trace_url,
        runbook_url=saga.runbook_url,
        **patterns(saga, "completes", "fails"),
    )
    steps = [step_table(step) for step in saga.steps]
    if in_one_line:
        return table(f"[{head}]", keys | {"step": steps})
    return table(f"[{head}]", keys) + "".join(table(f"[[{head}.step]]", step) for step in steps)


def table(header, keys):
    """Write a header and its keys."""
    return f"{header}\n" + "".join(f"{json.dumps(key)} = {inline(value)}\n" for key, value in keys.items())


# --- sagas that are right --------------------------------------------------------------------------------------


@st.composite
def lists(draw, left):
    """Take names that nothing else of the saga has."""
    return tuple(left.pop() for _ in range(draw(st.integers(0, min(2, len(left))))))


@st.composite
def undos(draw, name, left):
    """Draw a compensation."""
    return DeclaredUndo(
        step=f"undo {name}",
        owner=draw(NAMES),
        starts=draw(lists(left)),
        completes=draw(lists(left)),
        fails=draw(lists(left)),
        deadline_s=draw(SECONDS),
        run=draw(COMMANDS),
    )


@st.composite
def sagas(draw):
    """Draw a saga whose steps come after earlier ones, with at most one pivot, the last step."""
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    pattern = st.builds(Pattern, name=NAMES, where=WHERE)
    left = draw(st.lists(pattern, max_size=12, unique=True))
    steps = []
    for index, name in enumerate(names):
        steps.append(
            DeclaredStep(
                name=name,
                owner=draw(NAMES),
                after=tuple(draw(st.lists(st.sampled_from(names[:index]), unique=True))) if index else (),
                starts=draw(lists(left)),
                completes=draw(lists(left)),
                fails=draw(lists(left)),
                deadline_s=draw(SECONDS),
                waits=draw(st.booleans()),
                optional=draw(st.booleans()),
                retry_max=draw(st.none() | st.integers(0, 9)),
                backoff_s=draw(SECONDS),
                idempotency_key=draw(st.none() | NAMES),
                idempotent=draw(st.none() | st.booleans()),
                pivot=index == len(names) - 1 and draw(st.booleans()),
                run=draw(COMMANDS),
                compensation=draw(st.none() | undos(name, left)),
            )
        )
    return DeclaredSaga(
        name=draw(NAMES),
        style=draw(st.none() | st.sampled_from(Style.__args__)),
        deadline_s=draw(SECONDS),
        amount=draw(st.none() | NAMES),
        trace_url=draw(st.none() | st.just("https://x/{trace_id}")),
        runbook_url=draw(st.none() | st.just("http://x/")),
        completes=draw(lists(left)),
        fails=draw(lists(left)),
        steps=tuple(steps),
        where="s.toml:1",
    )


@given(sagas(), st.booleans())
def test_what_is_written_out_is_read_back(saga, in_one_line):
    """No value is changed or lost on its way through the file."""
    assert parse_definitions(written(saga, in_one_line=in_one_line), name="s.toml") == (saga,)


def paths_of(value, path=()):
    """Name everything in a value that has a key or a place in a list."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield (*path, str(key))
        yield from paths_of(below, (*path, str(key)))


@given(sagas(), st.booleans())
def test_everything_in_a_file_has_a_line_that_names_it(saga, in_one_line):
    """Each key and item of what was read has a line, and a key's line has its name."""
    text = written(saga, in_one_line=in_one_line)
    lines = key_lines(text)
    for path in paths_of(tomllib.loads(text)):
        if path == ("saga",):
            continue
        assert path in lines
        assert path[-1].isdecimal() or json.dumps(path[-1])[1:-1] in text.splitlines()[lines[path] - 1]


# --- everything else -------------------------------------------------------------------------------------------

STRUCTS = (SagaTable, StepTable, RetryTable, UndoTable, PatternTable)
FIELDS = {field.encode_name for struct in STRUCTS for field in msgspec.structs.fields(struct)}
KEYS = st.sampled_from([*sorted(FIELDS), "no key"])
VALUES = st.recursive(
    st.text(max_size=4)
    | st.sampled_from(["a", "b", "1s", "https://x", "{"])
    | st.integers()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=4),
    max_leaves=8,
)
STEPS = st.fixed_dictionaries(
    {"name": st.sampled_from("abc"), "owner": st.just("o")},
    optional={
        "after": st.lists(st.sampled_from("abcd")),
        "pivot": st.booleans(),
        "compensation": VALUES,
        "run": VALUES,
    },
)


def only_a_config_error(text):
    """Parse, and let nothing but the one error pass."""
    with suppress(ConfigError):
        for saga in parse_definitions(text, name="s.toml"):
            assert saga.steps


@given(st.text() | st.text(string.printable) | st.text("[]{}=.,\"'\\#\nab1 "))
def test_no_text_does_more_than_a_config_error(text):
    """Whatever a file holds, the sidecar tells it and does not fall."""
    only_a_config_error(text)


@given(st.dictionaries(KEYS, VALUES, max_size=5), st.lists(STEPS | VALUES, max_size=4))
def test_no_value_does_more_than_a_config_error(keys, steps):
    """Any kind of value under any key is told or taken."""
    only_a_config_error(table("[saga.s]", keys | {"step": steps}))
