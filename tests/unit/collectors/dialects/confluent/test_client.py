import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from collectors.dialects.confluent import client
from collectors.dialects.confluent.client import Registry, Schema
from collectors.dialects.confluent.errors import BadSchema, RegistryAway, UnknownSchema
from collectors.dialects.confluent.limits import MAX_ANSWER_BYTES, MAX_REFERENCES
from collectors.dialects.confluent.options import RegistryOptions, check

WHERE = "http://registry:8081/base"


@dataclass
class Answers:
    """What the registry answers, by path; anything else is not found. An exception is what becomes of the request."""

    by_path: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    now_s: float = 0.0
    slept_s: list[float] = field(default_factory=list)

    def exchange(self, path: str) -> tuple[int, bytes]:
        """Answer one request."""
        self.asked.append(path)
        answer = self.by_path.get(path, (404, b'{"error_code":40403}'))
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, tuple) else (200, json.dumps(answer).encode())

    def chain(self, length: int) -> None:
        """Let each schema refer to the next."""
        for number in range(length):
            self.by_path[f"/subjects/s{number}/versions/1"] = schema("x", reference(number + 1))
        self.by_path[f"/subjects/s{length}/versions/1"] = schema("end")


def schema(text: str, *references: dict[str, Any]) -> dict[str, Any]:
    """Describe a schema as the registry does."""
    return {"schema": text, "schemaType": "PROTOBUF", "references": list(references), "id": 1}


def reference(number: int) -> dict[str, Any]:
    """Refer to the first version of a subject."""
    return {"name": f"n{number}.proto", "subject": f"s{number}", "version": 1}


@pytest.fixture
def answers() -> Answers:
    """Give a registry that knows nothing yet."""
    return Answers()


@pytest.fixture
def registry(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """Give a client of it."""
    monkeypatch.setattr(Registry, "_exchange", lambda _, path: answers.exchange(path))
    plan = check(RegistryOptions(url=WHERE), name="events")
    return Registry(plan, monotonic=lambda: answers.now_s, sleep=answers.slept_s.append)


def test_references_come_after_their_own(answers: Answers, registry: Registry) -> None:
    """What a schema refers to is there once, each after what it refers to itself; a subject may be called anything."""
    odd = {"name": "odd.proto", "subject": "a/b c", "version": 3}
    answers.by_path |= {
        "/schemas/ids/1": schema("main", reference(1), reference(2)),
        "/subjects/s1/versions/1": schema("one", odd),
        "/subjects/s2/versions/1": schema("two", odd, reference(1)),
        "/subjects/a%2Fb%20c/versions/3": schema("odd"),
    }
    expected = (("odd.proto", "odd"), ("n1.proto", "one"), ("n2.proto", "two"))

    assert Schema(type="PROTOBUF", text="main", references=expected) == registry.schema(1)
    assert 4 == len(answers.asked)


def test_avro_is_what_is_not_said(answers: Answers, registry: Registry) -> None:
    """A schema without a type is Avro, and may have null for its references."""
    answers.by_path["/schemas/ids/1"] = {"schema": '"string"', "references": None}

    assert Schema(type="AVRO", text='"string"') == registry.schema(1)


def circle(answers: Answers) -> None:
    """Let a schema refer to itself over another."""
    answers.by_path["/schemas/ids/1"] = schema("x", reference(1))
    answers.by_path["/subjects/s1/versions/1"] = schema("x", reference(2))
    answers.by_path["/subjects/s2/versions/1"] = schema("x", reference(1))


def far(answers: Answers) -> None:
    """Let a schema refer to more than may be."""
    answers.by_path["/schemas/ids/1"] = schema("x", reference(0))
    answers.chain(MAX_REFERENCES + 1)


def wide(answers: Answers) -> None:
    """Let schemas be larger together than may be."""
    answers.by_path["/schemas/ids/1"] = schema("x", *map(reference, range(3)))
    for number in range(3):
        answers.by_path[f"/subjects/s{number}/versions/1"] = schema("x" * 3_000_000)


def answered(body: bytes) -> Callable[[Answers], None]:
    """Let the answer be these bytes."""
    return lambda answers: answers.by_path.update({"/schemas/ids/1": (200, body)})


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (circle, "go round in a circle"),
        (far, f"refers to more than {MAX_REFERENCES} schemas"),
        (wide, "refers to schemas of more than 4194304 characters"),
        (answered(b"x" * (MAX_ANSWER_BYTES + 1)), "more than 4194304 bytes"),
        (answered(b"<html>"), "is no schema"),
        (answered(b"{}"), "is no schema"),
        (answered(b'{"schema": 3}'), "is no schema"),
        (answered(b'{"schema": "\xff"}'), "is no schema"),
        (answered(b'{"schema": "x", "z": ' + b"[" * 200_000), "is no schema"),
    ],
)
def test_schemas_that_cannot_be_used(
    answers: Answers, registry: Registry, prepare: Callable[[Answers], None], said: str
) -> None:
    """Schemas without an end, and answers that are none, are refused; the registry is not held to be away."""
    prepare(answers)
    with pytest.raises(BadSchema, match=said):
        registry.schema(1)

    assert "" == registry.trouble()


@pytest.mark.parametrize("status", [400, 404, 422])
def test_an_id_that_is_not_known(answers: Answers, registry: Registry, status: int) -> None:
    """Not known is an answer: it is no trouble, and not asked for twice."""
    answers.by_path["/schemas/ids/1"] = (status, b"{}")
    with pytest.raises(UnknownSchema, match=f"the registry {WHERE} does not know /schemas/ids/1"):
        registry.schema(1)

    assert (1, "") == (len(answers.asked), registry.trouble())


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "cannot be asked: [Errno 111] Connection refused"),
        (http.client.RemoteDisconnected(), "cannot be asked: RemoteDisconnected"),
        ((401, b"who?"), "answered 401 (check username and password_file, or token_file): who?"),
        ((403, b""), "answered 403 (the login may not read schemas): nothing more"),
        ((302, b""), "answered 302 (it points elsewhere; give that address as url)"),
        ((500, b"\x1b]0;bad\x07" + b"x" * 9000), "answered 500: \N{SYMBOL FOR ESCAPE}]0;bad\N{SYMBOL FOR BELL}xxx"),
        ((503, b"x" * (MAX_ANSWER_BYTES + 1)), "answered 503: nothing more"),
    ],
)
def test_no_answer(answers: Answers, registry: Registry, failure: Any, said: str) -> None:
    """After three tries the registry counts as away: one clean line says so, and nothing is asked for a while."""
    answers.by_path["/schemas/ids/1"] = failure
    for _ in range(3):
        with pytest.raises(RegistryAway) as raised:
            registry.schema(1)

    assert f"the schema registry {WHERE} {said}" in str(raised.value)
    assert (3, [0.1, 0.3]) == (len(answers.asked), answers.slept_s)
    assert registry.trouble().startswith(str(raised.value))
    assert registry.trouble().isprintable()
    assert len(registry.trouble()) < 500


def test_a_slow_failure_is_not_tried_again(answers: Answers, registry: Registry) -> None:
    """A try that took as long as the timeout is the last one: a batch waits once."""
    answers.by_path["/schemas/ids/1"] = TimeoutError("timed out")

    def slow(path: str) -> tuple[int, bytes]:
        answers.now_s += 5.0
        return Answers.exchange(answers, path)

    answers.exchange = slow  # type: ignore[method-assign]
    with pytest.raises(RegistryAway, match="timed out"):
        registry.schema(1)

    assert (1, []) == (len(answers.asked), answers.slept_s)


def test_one_try_after_the_pause(answers: Answers, registry: Registry) -> None:
    """When the pause is over, one request finds out whether the registry is back."""
    answers.by_path["/schemas/ids/1"] = (503, b"")
    for now_s in (0.0, 1.0, 2.9, 3.0):
        answers.now_s = now_s
        with pytest.raises(RegistryAway):
            registry.schema(1)
    answers.now_s, answers.by_path["/schemas/ids/1"] = 7.0, schema("x")

    assert 5 == len(answers.asked)
    assert "x" == registry.schema(1).text
    assert "" == registry.trouble()


def test_a_trickle_ends(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that comes byte by byte does not outlast the timeout."""

    class Trickle:
        def read1(self, _: int) -> bytes:
            answers.now_s += 1.0
            return b"x"

    monkeypatch.setattr(client, "_PAUSES_S", ())
    plan = check(RegistryOptions(url=WHERE), name="events")
    slow = Registry(plan, monotonic=lambda: answers.now_s, sleep=lambda _: None)
    with pytest.raises(TimeoutError, match="took too long"):
        slow._body(Trickle())  # type: ignore[arg-type]

    assert 6.0 == answers.now_s
