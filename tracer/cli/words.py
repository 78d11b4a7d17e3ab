"""Reads the words that people type as option values."""

from __future__ import annotations

import shlex
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from tracer.model.words import STATUSES

_STATUS: Final = click.Choice(STATUSES, case_sensitive=False)


class Statuses(click.ParamType[tuple[str, ...]]):
    """One status or several with commas between them, in any case; as a tuple of them in lower case."""

    name = "status"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Read them, or name the statuses that there are."""
        if isinstance(value, tuple):
            return value
        return tuple(_STATUS.convert(word.strip(), param, ctx) for word in value.split(","))

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Offer the statuses."""
        return _STATUS.shell_complete(ctx, param, incomplete)


class KeyValue(click.ParamType[tuple[str, str]]):
    """A key and a value with the first = between them."""

    name = "key=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Read them, or say how to write them."""
        if isinstance(value, tuple):
            return value
        key, equals, text = value.partition("=")
        if not key or not equals:
            self.fail(f'"{value}" is not KEY=VALUE: write it like customer.id=C-17', param, ctx)
        return key, text


def argument(text: str) -> str:
    """Write a text as one argument of a command that a person may copy into a shell."""
    return f"-- {shlex.quote(text)}" if text.startswith("-") else shlex.quote(text)
