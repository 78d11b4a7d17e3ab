"""`/openapi.json`: made from the routes and the shapes that they answer with, so it cannot lag behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tracer import __version__
from tracer.api.problems import CONTENT_TYPE, Problem

if TYPE_CHECKING:
    from tracer.api.route import Route

_REFERENCE: Final = "#/components/schemas/{name}"
_JSON: Final = "application/json"
_EVENTS: Final = "text/event-stream"


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """Write the OpenAPI 3.1 document of the routes."""
    shapes = [shape for route in routes for shape in (route.shape, route.body) if shape is not None]
    _, components = msgspec.json.schema_components([*shapes, Problem], ref_template=_REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sagascope", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.about,
        "parameters": _parameters(route),
        "responses": {
            "200": {"description": "The answer.", "content": {kind: _content(route, kind) for kind in route.contents}},
            "default": {"description": "A problem.", "content": {CONTENT_TYPE: {"schema": _schema(Problem)}}},
        },
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": {route.takes: {"schema": _schema(route.body)}}}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "description": "Percent-encoded.", "schema": {"type": "string"}}
        for name in ("id", "name")
        if f"{{{name}}}" in route.path
    ]
    in_query = [
        {
            "name": parameter.name,
            "in": "query",
            "description": parameter.about,
            "schema": {"type": "array", "items": parameter.schema} if parameter.repeated else parameter.schema,
        }
        for parameter in route.parameters
    ]
    return in_path + in_query


def _content(route: Route, kind: str) -> dict[str, Any]:
    if route.shape is not None and kind in {_JSON, _EVENTS}:
        return {"schema": _schema(route.shape)}
    return {"schema": {"type": "object" if kind == _JSON else "string"}}


def _schema(shape: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([shape], ref_template=_REFERENCE)
    return schema
