from pathlib import Path

import msgspec
import pytest

from collectors.dialects.confluent.options import RegistryOptions, check, check_files
from tracer.errors import ConfigError


def test_an_address_is_read() -> None:
    """The address gives host, port and path; the port follows the scheme where none is said."""
    plan = check(RegistryOptions(url="https://[::1]/apis/ccompat/v7/"), name="events")

    assert (True, "::1", 443, "/apis/ccompat/v7") == (plan.tls, plan.host, plan.port, plan.path)
    assert "https://[::1]:443/apis/ccompat/v7" == plan.url


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"url": "registry:8081"}, "url must begin with http:// or https://"),
        ({"url": "http://"}, "url must begin with http:// or https:// and name a host"),
        ({"url": "http://h:x"}, "has no valid port"),
        ({"url": "http://h:99999"}, "has no valid port"),
        ({"url": "http://[::"}, "url is not one"),
        ({"url": "http://ann:secret@h"}, "use username and password_file"),
        ({"url": "http://h/?a=1"}, "leave that away"),
        ({"url": "http://h/a b"}, "signs that an address cannot have"),
        ({"url": "http://h", "tls_ca": "ca.pem"}, "url does not begin with https://"),
        ({"url": "http://h", "username": "ann"}, "password_file is missing"),
        ({"url": "http://h", "password_file": "p"}, "username is missing"),
        ({"url": "http://h", "username": "a:b", "password_file": "p"}, "must not have a colon"),
        ({"url": "http://h", "username": "a", "password_file": "p", "token_file": "t"}, "exclude each other"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, str], said: str) -> None:
    """An error names the table, the key and the fix, and never a password."""
    with pytest.raises(ConfigError) as raised:
        check(RegistryOptions(**options), name="events")

    assert str(raised.value).startswith("[collectors.events.registry]: ")
    assert said in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "said"), [(None, "No such file"), ("", "it is empty"), ("a\nb", "more than one line")]
)
def test_a_file_without_a_secret_is_refused(tmp_path: Path, text: str | None, said: str) -> None:
    """A token's file that cannot be used is an error at the start, with the path."""
    path = tmp_path / "token"
    if text is not None:
        path.write_text(text)
    plan = check(RegistryOptions(url="http://h", token_file=str(path)), name="events")
    with pytest.raises(ConfigError, match=said) as raised:
        check_files(plan, name="events")

    assert f"token_file {path}" in str(raised.value)


def test_certificates_that_are_none_are_refused(tmp_path: Path) -> None:
    """tls_ca must hold certificates."""
    path = tmp_path / "ca.pem"
    path.write_text("nothing")
    plan = check(RegistryOptions(url="https://h", tls_ca=str(path)), name="events")
    with pytest.raises(ConfigError, match="tls_ca") as raised:
        check_files(plan, name="events")

    assert "give certificates as PEM" in str(raised.value)


def test_an_unknown_key_is_refused() -> None:
    """A misspelt key is an error, not silence."""
    with pytest.raises(msgspec.ValidationError, match="unknown field `user`"):
        msgspec.convert({"url": "http://h", "user": "ann"}, RegistryOptions)


@pytest.mark.parametrize("url", ["registry:8081", "http://ann:secret@h", "http://h/?a", ""])
def test_an_address_is_checked_when_it_is_read(url: str) -> None:
    """What is no address is an error of the file, and is not repeated: it may hold a password."""
    with pytest.raises(msgspec.ValidationError, match="url") as raised:
        msgspec.convert({"url": url}, RegistryOptions)

    assert "secret" not in str(raised.value)
