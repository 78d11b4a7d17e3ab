"""The one error tree. A class's docstring is its default message."""

from __future__ import annotations


class SagascopeError(Exception):
    """Sagascope could not do what was asked."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class UsageError(SagascopeError):
    """The request is not one that Sagascope understands."""


class NotAdmitted(UsageError):
    """The sidecar does not let this client in."""


class ConfigError(UsageError):
    """The configuration is not valid."""


class Rejected(SagascopeError):
    """The data is malformed and will be refused again if it is sent again."""


class TooLarge(Rejected):
    """The data is larger than a limit allows."""


class Busy(SagascopeError):
    """Sagascope cannot take the data now; send it again later."""

    def __init__(self, message: str | None = None, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class NotFound(SagascopeError):
    """There is no such transaction."""

    def __init__(self, message: str | None = None, *, nearest: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.nearest = nearest


class Unreachable(SagascopeError):
    """Neither a sidecar nor a store could be reached."""


class StoreError(SagascopeError):
    """The store could not do what was asked."""


class StoreLocked(StoreError, Unreachable):
    """Another process holds the store file."""


class StoreVersion(StoreError):
    """The store file was written by another version of Sagascope."""


class StoreFull(StoreError, Busy):
    """The disk that holds the store is full."""


class QueryTimeout(StoreError):
    """The query took longer than its time limit."""
