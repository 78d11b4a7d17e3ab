"""The types of configured values: text with a unit in the file, plain numbers and paths in a struct's field."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

Seconds = Annotated[float, msgspec.Meta(ge=0, extra={"unit": "duration"})]
Bytes = Annotated[int, msgspec.Meta(ge=0, extra={"unit": "size"})]
FilePath = Annotated[str, msgspec.Meta(min_length=1, extra={"unit": "path"})]
Secret = Annotated[str, msgspec.Meta(min_length=1, extra={"unit": "secret"})]
ListenAddress = Annotated[str, msgspec.Meta(min_length=1, extra={"unit": "address"})]
Url = Annotated[str, msgspec.Meta(min_length=1, extra={"unit": "url"})]
Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]
Factor = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1, extra={"unit": "count"})]
Names = Annotated[tuple[str, ...], msgspec.Meta(extra={"unit": "names"})]

MIB: Final = 2**20
GIB: Final = 2**30
DAY_S: Final = 86_400.0
