"""Asks a schema registry over HTTP (the REST API of Confluent Schema Registry), from a worker thread."""

from __future__ import annotations

import base64
import http.client
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import msgspec

from collectors.dialects.confluent.circuit import Circuit
from collectors.dialects.confluent.errors import BadSchema, RegistryAway, UnknownSchema
from collectors.dialects.confluent.limits import MAX_ANSWER_BYTES, MAX_REFERENCES, MAX_SCHEMA_CHARS
from collectors.dialects.confluent.options import RegistryPlan, read_secret, trust
from tracer.model.text import clean

_PAUSES_S: Final = (0.1, 0.3)  # between tries, while nothing was wrong before
_ACCEPT: Final = "application/vnd.schemaregistry.v1+json, application/json"
_PART_BYTES: Final = 2**16
_UNKNOWN: Final = frozenset({400, 404, 422})  # of an id or version: there is none, or there can be none
_WORDS_LIMIT: Final = 200  # characters of what others say in our own words


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """How a schema names another one (an import's path, a type's full name), and which one it is."""

    name: str
    subject: str
    version: int


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    schema: str
    schema_type: str | None = msgspec.field(default="AVRO", name="schemaType")
    references: tuple[Reference, ...] | None = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A schema as the registry has it, and those that it refers to by the name it gives them, each after its own."""

    type: str  # AVRO, PROTOBUF or JSON
    text: str
    references: tuple[tuple[str, str], ...] = ()


class Registry:
    """Looks schemas up. Not for two threads at a time, except `trouble`.

    `monotonic` gives seconds, `sleep` waits for some.
    """

    def __init__(self, plan: RegistryPlan, *, monotonic: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._plan = plan
        self._monotonic = monotonic
        self._sleep = sleep
        self._circuit = Circuit(monotonic)
        self._trust = trust(plan)

    @property
    def url(self) -> str:
        """Where the registry is."""
        return self._plan.url

    def trouble(self) -> str:
        """Say in one line what is wrong and what happens next; empty while nothing is."""
        trouble = self._circuit.trouble()
        return trouble and f"{trouble}; until then reading waits at the first message whose schema is not known yet"

    def schema(self, schema_id: int) -> Schema:
        """Give the schema of an id, with all it refers to.

        Raises UnknownSchema, BadSchema, and RegistryAway when no answer can be had: at once while it is
        known that none can.
        """
        answer = self._ask(f"/schemas/ids/{schema_id}")
        found: dict[str, str] = {}
        self._collect(answer, found, trail=())
        return Schema(type=answer.schema_type or "AVRO", text=answer.schema, references=tuple(found.items()))

    def _collect(self, answer: _Answer, found: dict[str, str], *, trail: tuple[str, ...]) -> None:
        for reference in answer.references or ():
            if reference.name in trail:
                raise BadSchema(f"its references go round in a circle at {_words(reference.name)}")
            if reference.name in found:
                continue
            if len(found) + len(trail) >= MAX_REFERENCES:
                raise BadSchema(f"it refers to more than {MAX_REFERENCES} schemas")
            other = self._ask(f"/subjects/{quote(reference.subject, safe='')}/versions/{reference.version}")
            self._collect(other, found, trail=(*trail, reference.name))
            found[reference.name] = other.schema
            if sum(map(len, found.values())) > MAX_SCHEMA_CHARS:
                raise BadSchema(f"it refers to schemas of more than {MAX_SCHEMA_CHARS} characters")

    def _ask(self, path: str) -> _Answer:
        if self._circuit.open:
            raise RegistryAway(self._circuit.why)
        try:
            status, body = self._try(path)
        except RegistryAway as away:
            self._circuit.failed(str(away))
            raise
        self._circuit.succeeded()
        if status in _UNKNOWN:
            raise UnknownSchema(f"the registry {self.url} does not know {_words(path)}")
        return _read(body, path)

    def _try(self, path: str) -> tuple[int, bytes]:
        began_s = self._monotonic()
        for pause_s in _PAUSES_S if self._circuit.closed else ():
            try:
                return self._get(path)
            except RegistryAway:
                if self._monotonic() - began_s >= self._plan.timeout_s:
                    raise
                self._sleep(pause_s)
        return self._get(path)

    def _get(self, path: str) -> tuple[int, bytes]:
        """Give status (200 or one of `_UNKNOWN`) and body. Raises RegistryAway with the reason for everything else."""
        try:
            status, body = self._exchange(path)
        except (OSError, http.client.HTTPException, ValueError) as failed:
            why = _words(str(failed) or type(failed).__name__)
            raise RegistryAway(f"the schema registry {self.url} cannot be asked: {why}") from failed
        if len(body) > MAX_ANSWER_BYTES:
            if status == http.client.OK:
                raise BadSchema(f"the registry's answer has more than {MAX_ANSWER_BYTES} bytes")
            body = b""
        if status != http.client.OK and status not in _UNKNOWN:
            raise RegistryAway(f"the schema registry {self.url} answered {status}{_advice(status)}: {_message(body)}")
        return status, body

    def _exchange(self, path: str) -> tuple[int, bytes]:
        connection = self._connection()
        try:
            connection.request("GET", self._plan.path + path, headers=self._headers())
            response = connection.getresponse()
            return response.status, self._body(response)
        finally:
            connection.close()

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        """Read at most one byte more than an answer may have; a trickle does not outlast the timeout."""
        until_s = self._monotonic() + self._plan.timeout_s
        body = bytearray()
        while len(body) <= MAX_ANSWER_BYTES and (part := response.read1(_PART_BYTES)):
            body += part
            if self._monotonic() > until_s:
                raise TimeoutError("its answer took too long")
        return bytes(body)

    def _connection(self) -> http.client.HTTPConnection:
        plan = self._plan
        if self._trust is None:
            return http.client.HTTPConnection(plan.host, plan.port, timeout=plan.timeout_s)
        return http.client.HTTPSConnection(plan.host, plan.port, timeout=plan.timeout_s, context=self._trust)

    def _headers(self) -> dict[str, str]:
        """Read secrets anew: they change, and a request is rare."""
        headers = {"Accept": _ACCEPT, "User-Agent": "sagascope"}
        if self._plan.token_file is not None:
            headers["Authorization"] = f"Bearer {read_secret(self._plan.token_file)}"
        elif self._plan.password_file is not None:
            login = f"{self._plan.username}:{read_secret(self._plan.password_file)}"
            headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode('ascii')}"
        return headers


def _read(body: bytes, path: str) -> _Answer:
    try:
        return msgspec.json.decode(body, type=_Answer)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as wrong:
        raise BadSchema(f"the registry's answer to {_words(path)} is no schema: {_words(str(wrong))}") from wrong


def _advice(status: int) -> str:
    if status == http.client.UNAUTHORIZED:
        return " (check username and password_file, or token_file)"
    if status == http.client.FORBIDDEN:
        return " (the login may not read schemas)"
    if http.client.MULTIPLE_CHOICES <= status < http.client.BAD_REQUEST:
        return " (it points elsewhere; give that address as url)"
    return ""


def _message(body: bytes) -> str:
    return _words(body.decode("utf-8", errors="replace")) or "nothing more"


def _words(text: str) -> str:
    return clean(text.strip(), _WORDS_LIMIT)
