"""What a definition file says becomes a declared saga, and what is wrong in it is named with its line."""

import pytest

from tracer.config.definition_rules import MAX_PATTERNS, MAX_STEPS
from tracer.config.definitions import MAX_DEFINITION_BYTES, MAX_SAGAS, parse_definitions
from tracer.errors import ConfigError
from tracer.model.sagas import DeclaredSaga, DeclaredStep, DeclaredUndo, Pattern

WHOLE = """
[saga.order-fulfilment]
style = "choreography"
deadline = "15m"
amount = "$.total"                          # value at stake
trace_url = "https://traces.example/{trace_id}"
runbook_url = "https://wiki.example/{saga}"
completes = ["OrderClosed"]
fails = [{ name = "OrderClosed", where = { "z" = "1", "order.state" = "failed" } }]

[[saga.order-fulfilment.step]]
name = "place-order"
owner = "orders"
waits = true
optional = true
idempotent = false

[[saga.order-fulfilment.step]]
name = "reserve-inventory"
owner = "inventory"
after = ["place-order"]
starts = ["ReserveInventory"]
completes = ["InventoryReserved"]
fails = ["InventoryRejected"]
deadline = "30s"
retry = { max = 3, backoff = "2s" }
idempotency_key = "$.reservation_id"
pivot = false
run = "redo {a}"
compensation = { step = "release-inventory", owner = "stock", starts = ["S"], completes = ["C"], fails = ["F"], deadline = "1m", run = "undo '{\\"id\\": \\"{b}\\"}'" }
"""  # noqa: E501  an inline table stands in one line

STEP = '[[saga.s.step]]\nname = "a"\nowner = "o"\n'  # lines 1 to 3
SECOND = '[[saga.s.step]]\nname = "b"\nowner = "o"\n'  # lines 1 to 3 of it
UNDO = 'compensation = { step = "u" }\n'


def after(*names: str) -> str:
    """Write the key."""
    return f"after = [{', '.join(map(repr, names))}]\n"


def test_every_key_has_its_field():
    """Durations are seconds, `where` is in the order of its names, and the saga knows its own place."""
    undo = DeclaredUndo(
        step="release-inventory",
        owner="stock",
        starts=(Pattern(name="S"),),
        completes=(Pattern(name="C"),),
        fails=(Pattern(name="F"),),
        deadline_s=60.0,
        run="""undo '{"id": "{b}"}'""",
    )
    reserve = DeclaredStep(
        name="reserve-inventory",
        owner="inventory",
        after=("place-order",),
        starts=(Pattern(name="ReserveInventory"),),
        completes=(Pattern(name="InventoryReserved"),),
        fails=(Pattern(name="InventoryRejected"),),
        deadline_s=30.0,
        retry_max=3,
        backoff_s=2.0,
        idempotency_key="$.reservation_id",
        run="redo {a}",
        compensation=undo,
    )
    expected = DeclaredSaga(
        name="order-fulfilment",
        style="choreography",
        deadline_s=900.0,
        amount="$.total",
        trace_url="https://traces.example/{trace_id}",
        runbook_url="https://wiki.example/{saga}",
        completes=(Pattern(name="OrderClosed"),),
        fails=(Pattern(name="OrderClosed", where=(("order.state", "failed"), ("z", "1"))),),
        steps=(
            DeclaredStep(name="place-order", owner="orders", waits=True, optional=True, idempotent=False),
            reserve,
        ),
        where="orders.toml:2",
    )

    assert parse_definitions(WHOLE, name="orders.toml") == (expected,)


def test_what_is_left_out_has_its_default():
    """A name and an owner are enough, and a compensation is its step's owner's."""
    (actual,) = parse_definitions(STEP + UNDO, name="s.toml")
    undo = DeclaredUndo(step="u", owner="o")

    assert actual.steps == (DeclaredStep(name="a", owner="o", compensation=undo),)
    assert actual.where == "s.toml:1"


@pytest.mark.parametrize(
    "text",
    [
        '[saga.s]\nstep = [{ name = "a", owner = "o" }, { name = "b", owner = "o", after = ["a"] }]\n',
        STEP + "[saga.s]\n" + 'style = "orchestration"\n',
        '[saga."order v2: a.b"]\nstep = [{ name = "a", owner = "o" }]\n',
        STEP + '[saga.s.step.retry]\nmax = 0\nbackoff = "0s"\n[saga.s.step.compensation]\nstep = "u"\n',
        STEP + SECOND + "pivot = true\n" + SECOND.replace('"b"', '"c"') + "pivot = true\n",
        STEP + "pivot = true\n" + UNDO,
        STEP + UNDO + SECOND + "pivot = true\n" + after("a"),
        STEP + 'starts = ["X"]\nfails = [{ name = "X", where = { k = "1" } }, { name = "X", where = { k = "2" } }]\n',
        "",
    ],
)
def test_ways_to_write_it(text):
    """What TOML has for tables and lists can all be used, and what is allowed is not refused."""
    assert len(parse_definitions(text, name="s.toml")) == (1 if text else 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (STEP + 'dedline = "3s"\n', '4: [saga.s] step.0.dedline: no such key; did you mean "deadline"?'),
        ("[sagas.s]\n", '1: [sagas]: no such table; did you mean "saga"?'),
        (STEP + 'compensation = { step = "u", pivot = 1 }\n', "4: [saga.s] step.0.compensation.pivot: no such key"),
        (STEP + "[saga.s.step.retry]\nmx = 1\n", '5: [saga.s] step.0.retry.mx: no such key; did you mean "max"?'),
        (STEP + "deadline = 30\n", "4: [saga.s] step.0.deadline: 30 is not valid: a duration is text with a unit"),
        (STEP + 'deadline = "soon"\n', '4: [saga.s] step.0.deadline: "soon" is not valid: write a number with a unit'),
        (STEP + 'deadline = "0s"\n', "4: [saga.s] step.0.deadline: a deadline is longer than nothing: leave it out"),
        (STEP + 'deadline = "999999w"\n', "4: [saga.s] step.0.deadline: is longer than 3660 days"),
        (STEP + 'retry = { backoff = "999999w" }\n', "4: [saga.s] step.0.retry.backoff: is longer than 3660 days"),
        (STEP + 'waits = "yes"\n', '4: [saga.s] step.0.waits: "yes" is not valid: write true or false'),
        (STEP + "idempotent = 1\n", "4: [saga.s] step.0.idempotent: 1 is not valid: write true or false"),
        (STEP + "run = 1\n", "4: [saga.s] step.0.run: 1 is not valid: expected text in quotes, not a number"),
        (STEP + 'starts = "A"\n', '4: [saga.s] step.0.starts: "A" is not valid: expected a list, like'),
        (STEP + "starts = [\n'A',\n1]\n", "6: [saga.s] step.0.starts.1: write a name in quotes, or { name ="),
        (STEP + "starts = [{ where = {} }]\n", '4: [saga.s] step.0.starts.0: the key "name" is missing'),
        (STEP + 'starts = [{ name = "A", where = "x" }]\n', '4: [saga.s] step.0.starts.0.where: "x" is not valid'),
        (STEP + 'starts = [{ name = "A", where = { b = 1 } }]\n', "starts.0.where.b: 1 is not valid: expected text in"),
        (
            STEP + 'starts = [{ name = "A", where = { b.c = "d" } }]\n',
            'name of an attribute with dots into quotes, like "b.c" = "value"',
        ),
        (STEP + "retry = { max = -1 }\n", "4: [saga.s] step.0.retry.max: the value must be >= 0"),
        (STEP + "retry = { max = 10001 }\n", "4: [saga.s] step.0.retry.max: the value must be <= 10000"),
        (STEP + 'retry = { max = "3" }\n', '4: [saga.s] step.0.retry.max: "3" is not valid: write a whole number'),
        (STEP + "retry = { max = true }\n", "4: [saga.s] step.0.retry.max: true is not valid: write a whole number"),
        (STEP + "retry = 3\n", "4: [saga.s] step.0.retry: must be a table of keys, not a number"),
        ('[saga.s]\nstyle = "dance"\n' + STEP, '2: [saga.s] style: "dance" is not valid: choose one of'),
        ('[[saga.s.step]]\nowner = "o"\n', '1: [saga.s] step.0: the key "name" is missing'),
        (STEP + '\n[[saga.s.step]]\nname = "b"\n', '5: [saga.s] step.1: the key "owner" is missing'),
        ("[saga.s]\n", "1: [saga.s]: has no steps: add at least one [[saga.s.step]] with name and owner"),
        ("[saga.s]\nstep = []\n", "1: [saga.s]: has no steps"),
        ('[saga.s.step]\nname = "a"\n', "1: [saga.s] step: is one of a list: write [[saga.s.step]] with two brackets"),
        ('[saga]\nname = "a"\n', "2: [saga.name]: must be a table of keys, not text"),
        ("saga = 1\n", "1: [saga]: 1 is not valid: expected a table of keys"),
        ("[[saga.s]]\n", "1: [saga.s]: must be a table of keys, not a list"),
        (STEP + STEP, '5: [saga.s] step.1.name: "a" is the name of 2 steps: give each its own'),
        (STEP + SECOND + after("a", "zz"), '7: [saga.s] step.1.after.1: "zz": no such step; known: a, b'),
        (
            STEP.replace('"a"', '"reserve"') + SECOND + after("resreve"),
            '"resreve": no such step; did you mean "reserve"?',
        ),
        (STEP + after("a"), '4: [saga.s] step.0.after: the steps wait for each other: "a" after "a": take one of them'),
        (
            STEP + after("b") + SECOND + after("a"),
            ':4: [saga.s] step.0.after: the steps wait for each other: "a" after "b" after "a"',
        ),
        (
            STEP + "pivot = true\n" + SECOND + UNDO + after("a"),
            ':8: [saga.s] step.1.compensation: "b" runs only when the pivot "a" is done',
        ),
        (
            STEP + "pivot = true\n" + SECOND + "pivot = true\n" + after("a"),
            ':8: [saga.s] step.1.pivot: "b" comes after "a", which is a pivot',
        ),
        (STEP + UNDO.replace('"u"', '"a"'), '4: [saga.s] step.0.compensation.step: "a" is a step of this saga as well'),
        (STEP + UNDO.replace('"u"', '""'), "4: [saga.s] step.0.compensation.step: is empty: write a text"),
        (STEP + "compensation = { owner = 'o' }\n", '4: [saga.s] step.0.compensation: the key "step" is missing'),
        (
            STEP + "starts = ['E']\nfails = ['E']\n",
            '5: [saga.s] step.0.fails.0: "E" stands in starts of step "a" and in fails',
        ),
        (STEP + "starts = ['E', 'E']\n", '4: [saga.s] step.0.starts.1: "E" stands in starts of step "a" and in starts'),
        (
            "[saga.s]\ncompletes = ['E']\n" + STEP + "compensation = { step = 'u', completes = ['E'] }\n",
            '"E" stands in completes of the saga and in completes of the compensation of step "a", so',
        ),
        (
            STEP
            + "starts = [{ name = 'E', where = { a = '1', b = '2' } }]\n"
            + "fails = [{ name = 'E', where = { b = '2', a = '1' } }]\n",
            "so a record of that name is ambiguous",
        ),
        ('[saga.""]\n' + STEP.replace("saga.s.", 'saga."".'), "1: [saga.]: is empty"),
        ('[saga."a\\u001b"]\n' + STEP.replace("saga.s.", 'saga."a\\u001b".'), "has control characters"),
        (STEP.replace('"a"', '" "'), "2: [saga.s] step.0.name: is empty"),
        (STEP.replace('"o"', '"o\\n"'), '3: [saga.s] step.0.owner: "o\N{SYMBOL FOR LINE FEED}" has control characters'),
        (STEP.replace('"a"', f'"{"a" * 257}"'), "2: [saga.s] step.0.name: has 257 characters: write at most 256"),
        (STEP + 'starts = [{ name = "A", where = { "" = "x" } }]\n', "4: [saga.s] step.0.starts.0.where: is empty"),
        (STEP + 'idempotency_key = ""\n', "4: [saga.s] step.0.idempotency_key: is empty"),
        (STEP + 'run = "curl {a"\n', '4: [saga.s] step.0.run: "curl {a": braces do not close: write a value as {path}'),
        (STEP + 'run = "curl }a{"\n', '4: [saga.s] step.0.run: "curl }a{": braces do not close'),
        (STEP + 'run = """a\nb"""\n', '4: [saga.s] step.0.run: "a\N{SYMBOL FOR LINE FEED}b" has control characters'),
        ('[saga.s]\ntrace_url = "https://x/{a"\n' + STEP, '2: [saga.s] trace_url: "https://x/{a": braces do not close'),
        ('[saga.s]\nrunbook_url = "x"\n' + STEP, '2: [saga.s] runbook_url: "x": write a URL, like'),
        (STEP + "a = \n", "4: not valid TOML: Invalid value"),
        (STEP + "a = '''\n", "4: not valid TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_the_fix(text, expected):
    """An error names file, line and key, what is wrong and what to write instead."""
    with pytest.raises(ConfigError) as raised:
        parse_definitions(text, name="s.toml")

    assert str(raised.value).startswith("s.toml:")
    assert expected in str(raised.value)


def sagas(count: int) -> str:
    """Write so many sagas."""
    return "".join(f'[saga.s{n}]\nstep = [{{ name = "a", owner = "o" }}]\n' for n in range(count))


def steps(count: int) -> str:
    """Write a saga of so many steps."""
    return "".join(STEP.replace('"a"', f'"a{n}"') for n in range(count))


def names(count: int) -> str:
    """Write a saga whose step has so many names."""
    return STEP + f"starts = {[f'E{n}' for n in range(count)]}\n"


@pytest.mark.parametrize(
    ("make", "limit", "expected"),
    [
        (sagas, MAX_SAGAS, "s.toml: more than 256 sagas: define the ones"),
        (steps, MAX_STEPS, "s.toml:385: [saga.s] step.128: a saga has at most 128 steps"),
        (names, MAX_PATTERNS, "s.toml:4: [saga.s] step.0.starts: a list has at most 128"),
        (lambda size: STEP + "#" * (size - len(STEP)), MAX_DEFINITION_BYTES, "s.toml:1: larger than 1MiB"),
    ],
)
def test_a_limit_is_reached_and_not_passed(make, limit, expected):
    """What is allowed is taken to the last, and one more is refused."""
    assert parse_definitions(make(limit), name="s.toml")
    with pytest.raises(ConfigError) as raised:
        parse_definitions(make(limit + 1), name="s.toml")

    assert str(raised.value).startswith(expected)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: f"\na = {'9' * 5000}\n", "s.toml:2: not valid TOML: Exceeds the limit"),
        (lambda: f"a = {'[' * 5000}\n", "s.toml: not valid TOML: lists or tables are nested too deep"),
        (
            lambda: STEP + f"retry = {{ max = 0x{'f' * 9999} }}",
            "s.toml:4: [saga.s] step.0.retry.max: a number of so many",
        ),
        (
            lambda: STEP + f"deadline = 0x{'f' * 9999}",
            "s.toml:4: [saga.s] step.0.deadline: a number of so many digits is",
        ),
        (lambda: STEP + f'deadline = "{"9" * 400}s"', "s.toml:4: [saga.s] step.0.deadline: is longer than 3660 days"),
    ],
)
def test_what_is_out_of_all_measure_is_refused(make, expected):
    """Neither depth nor length of a value gets past the error."""
    with pytest.raises(ConfigError) as raised:
        parse_definitions(make(), name="s.toml")

    assert str(raised.value).startswith(expected)


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (
            {"a": "c", "b": "a", "c": "b"},
            '4: [saga.s] step.0.after: the steps wait for each other: "a" after "c" after "b" after "a"',
        ),
        (
            {"a": "b", "b": "c", "c": "b"},
            '8: [saga.s] step.1.after: the steps wait for each other: "b" after "c" after "b"',
        ),
    ],
)
def test_a_cycle_is_named_by_its_way(chain, expected):
    """What leads into the cycle is not part of its name."""
    text = "".join(STEP.replace('"a"', f'"{name}"') + after(before) for name, before in chain.items())

    with pytest.raises(ConfigError) as raised:
        parse_definitions(text, name="s.toml")

    assert f"s.toml:{expected}: take one of them out of after" == str(raised.value)


def test_a_pivot_reaches_any_distance():
    """A step far behind the pivot is past it; one beside it is not."""
    steps = [STEP + "pivot = true\n", SECOND + after("a"), SECOND.replace('"b"', '"c"') + after("b") + UNDO]
    beside = SECOND.replace('"b"', '"d"') + UNDO

    assert len(parse_definitions("".join([*steps[:2], beside]), name="s.toml")) == 1
    with pytest.raises(ConfigError, match='"c" runs only when the pivot "a" is done'):
        parse_definitions("".join(steps), name="s.toml")


def test_many_ways_through_a_saga_are_followed_once():
    """A saga of diamonds, with 2 to the 60th ways, is checked at once."""
    text = STEP.replace('"a"', '"n0"')
    for n in range(1, 61):
        before = after("n0") if n == 1 else after(f"l{n - 1}", f"r{n - 1}")
        text += "".join(STEP.replace('"a"', f'"{side}{n}"') + before for side in "lr")

    assert len(parse_definitions(text, name="s.toml")[0].steps) == 121
