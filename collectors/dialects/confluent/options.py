"""What can be configured of a schema registry, checked when it is used."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

import msgspec

from tracer.errors import ConfigError

_FilePath = Annotated[str, msgspec.Meta(min_length=1, extra={"unit": "path"})]
_Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s@?#]+$", extra={"unit": "url"})]  # no password in it
_Seconds = Annotated[float, msgspec.Meta(gt=0, extra={"unit": "duration"})]

_PORTS: Final = {"http": 80, "https": 443}


class RegistryOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[collectors.NAME.registry]`; durations are seconds."""

    url: _Url
    username: str | None = None
    password_file: _FilePath | None = None
    token_file: _FilePath | None = None
    tls_ca: _FilePath | None = None
    timeout: _Seconds = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryPlan:
    """Checked options: where the registry is, and what it is told of who asks."""

    tls: bool
    host: str
    port: int
    path: str  # before /schemas/..., without a slash at its end
    username: str | None
    password_file: Path | None
    token_file: Path | None
    tls_ca: Path | None
    timeout_s: float

    @property
    def url(self) -> str:
        """The address for a person: it never holds a password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{self.path}"


def check(options: RegistryOptions, *, name: str) -> RegistryPlan:
    """Check what one option says against another. Raises ConfigError naming the collector, the key and the fix."""
    parts = _parts(options.url, name=name)
    tls = parts.scheme == "https"
    _check_credentials(options, name=name)
    if options.tls_ca is not None and not tls:
        raise _error(name, "tls_ca is set, but url does not begin with https://; change one of them")
    return RegistryPlan(
        tls=tls,
        host=parts.hostname or "",
        port=_port(parts, options.url, name=name),
        path=parts.path.rstrip("/"),
        username=options.username,
        password_file=_path(options.password_file),
        token_file=_path(options.token_file),
        tls_ca=_path(options.tls_ca),
        timeout_s=options.timeout,
    )


def check_files(plan: RegistryPlan, *, name: str) -> None:
    """Read every file that the plan names. Raises ConfigError for one that cannot be used."""
    for key in ("password_file", "token_file"):
        path = getattr(plan, key)
        try:
            if path is not None:
                read_secret(path)
        except (OSError, ValueError) as wrong:
            raise _error(name, f"{key} {path} cannot be used: {wrong}") from wrong
    try:
        trust(plan)
    except OSError as wrong:  # an SSLError is one
        raise _error(name, f"tls_ca {plan.tls_ca} cannot be used: {wrong}; give certificates as PEM") from wrong


def trust(plan: RegistryPlan) -> ssl.SSLContext | None:
    """Give what decides whom to believe: the system's certificates, or those of `tls_ca`. None without TLS."""
    return ssl.create_default_context(cafile=plan.tls_ca) if plan.tls else None


def read_secret(path: Path) -> str:
    """Read a password or token. Raises OSError, and ValueError when there is none in the file."""
    secret = path.read_text(encoding="utf-8").strip()
    if not secret:
        raise ValueError("it is empty")
    if not secret.isprintable():
        raise ValueError("it has more than one line, or control characters")
    return secret


def _parts(url: str, *, name: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError as wrong:
        raise _error(name, f"url is not one ({wrong}); write https://HOST:PORT") from wrong
    if parts.scheme not in _PORTS or not parts.hostname:
        raise _error(name, "url must begin with http:// or https:// and name a host: https://HOST:PORT")
    if parts.username is not None or parts.password is not None:
        raise _error(name, "url holds a user or password; use username and password_file")
    if parts.query or parts.fragment:
        raise _error(name, "url has a ? or # part; leave that away")
    if any(not (" " < sign <= "~") for sign in url):
        raise _error(name, "url has spaces or other signs that an address cannot have; write https://HOST:PORT")
    return parts


def _port(parts: SplitResult, url: str, *, name: str) -> int:
    try:
        port = parts.port
    except ValueError as wrong:
        raise _error(name, f'url = "{url}" has no valid port ({wrong}); write https://HOST:PORT') from wrong
    return _PORTS[parts.scheme] if port is None else port


def _check_credentials(options: RegistryOptions, *, name: str) -> None:
    if options.token_file is not None and (options.username is not None or options.password_file is not None):
        raise _error(name, "token_file and username exclude each other; remove one")
    if (options.username is None) != (options.password_file is None):
        missing = "username" if options.username is None else "password_file"
        raise _error(name, f"a login needs username and password_file together; {missing} is missing")
    if options.username is not None and (":" in options.username or not options.username.isprintable()):
        raise _error(name, "username must not have a colon or control characters (RFC 7617); correct it")


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def _error(name: str, problem: str) -> ConfigError:
    return ConfigError(f"[collectors.{name}.registry]: {problem}")
