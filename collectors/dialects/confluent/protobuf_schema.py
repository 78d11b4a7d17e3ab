"""Makes descriptors of the .proto text (or the base64 of a FileDescriptorProto) that a registry has.

protoc (of grpcio-tools) compiles in a process of its own, in a temporary folder that holds nothing but the
schema and what it refers to: what a stranger's text makes of a compiler cannot reach the sidecar, it can be
ended when it takes too long, and what it complains of can be read.
"""

from __future__ import annotations

import base64
import binascii
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from importlib.resources import as_file, files
from pathlib import Path, PurePosixPath
from typing import Final

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import DecodeError

from collectors.dialects.confluent.client import Schema
from collectors.dialects.confluent.errors import BadSchema
from collectors.dialects.confluent.limits import COMPILE_S
from collectors.dialects.confluent.protobuf_imports import CONFLUENT, GIVEN
from tracer.model.text import clean

MAIN: Final = "sagascope.message.proto"  # how the schema's own file is called; a reference has another name
_MAX_PATH: Final = 200
_COMPLAINT_BYTES: Final = 2000
_COMPLAINT_LIMIT: Final = 300  # characters


def compile_schema(schema: Schema) -> FileDescriptorSet:
    """Give the schema's file, called MAIN, after all files that it needs. Raises BadSchema."""
    for name, _ in schema.references:
        _check_path(name)
    serialized = _serialized(schema)
    return _compiled(schema) if serialized is None else serialized


def _serialized(schema: Schema) -> FileDescriptorSet | None:
    """Read a schema that is kept as serialized descriptors; None for text: a "{" or ";" is no base64."""
    if not _is_base64(schema.text):
        return None
    parts = [part for part in (*schema.references, (MAIN, schema.text)) if not part[0].startswith(GIVEN)]
    found = FileDescriptorSet()
    for name, text in parts:
        file = found.file.add()
        try:
            file.ParseFromString(base64.b64decode(text, validate=True))
        except (binascii.Error, DecodeError, ValueError) as wrong:
            raise BadSchema(f"{name} is neither .proto text nor a serialized descriptor: {wrong}") from wrong
        file.name = name
    return _with_standard(found)


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return False


def _with_standard(found: FileDescriptorSet) -> FileDescriptorSet:
    """Put the standard files that are imported in front."""
    there = {file.name for file in found.file}
    missing = sorted({name for file in found.file for name in file.dependency} - there)
    if not missing:
        return found
    imports = "".join(f'import "{name}";\n' for name in missing if name.startswith(GIVEN))
    complete = _compiled(Schema(type="PROTOBUF", text=f'syntax = "proto3";\n{imports}'))
    del complete.file[-1]
    complete.file.extend(found.file)
    return complete


def _compiled(schema: Schema) -> FileDescriptorSet:
    with tempfile.TemporaryDirectory(prefix="sagascope-proto-") as folder, _standard() as standard:
        given = {name: text for name, text in schema.references if not name.startswith(GIVEN)}
        _write({**CONFLUENT, **given, MAIN: schema.text}, Path(folder))
        return _protoc(Path(folder), standard)


def _write(texts: Mapping[str, str], folder: Path) -> None:
    for name, text in texts.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except (OSError, UnicodeEncodeError) as wrong:
            raise BadSchema(f"it cannot be written for protoc: {wrong}") from wrong


def _protoc(folder: Path, standard: Path) -> FileDescriptorSet:
    result, complaints = folder / "result", folder / "complaints"
    command = [sys.executable, "-P", "-m", "grpc_tools.protoc", f"-I{folder}", f"-I{standard}", "--include_imports"]
    command += [f"--descriptor_set_out={result}", MAIN]
    with complaints.open("wb") as stderr:
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter, with nothing of the schema among the arguments
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=stderr,
                timeout=COMPILE_S,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise BadSchema(f"protoc did not compile it within {COMPILE_S:.0f} s") from late
    if done.returncode != 0:
        with complaints.open("rb") as said:
            raise BadSchema(f"protoc refuses it: {_first_words(said.read(_COMPLAINT_BYTES), folder)}")
    return FileDescriptorSet.FromString(result.read_bytes())


def _first_words(complaints: bytes, folder: Path) -> str:
    text = complaints.decode("utf-8", errors="replace").replace(f"{folder}/", "")
    lines = [line for line in text.splitlines() if "warning:" not in line]
    return clean(lines[0] if lines else "it does not say why", _COMPLAINT_LIMIT)


def _check_path(name: str) -> None:
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts and "\\" not in name and ":" not in name
    if not inside or not name.isprintable() or not name.endswith(".proto") or len(name) > _MAX_PATH or name == MAIN:
        raise BadSchema(f"it refers to {clean(name, _MAX_PATH)!r}, which is no path of a .proto file")


def _standard() -> AbstractContextManager[Path]:
    return as_file(files("grpc_tools") / "_proto")
