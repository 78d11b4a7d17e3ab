"""What is refused of a Kafka collector's table, and what the options mean."""

import pytest

from collectors.kafka.options import KafkaOptions, Start, check
from tracer.errors import ConfigError

SASL = {"sasl_mechanism": "PLAIN"}
OAUTH = {"sasl_mechanism": "OAUTHBEARER"}


def checked(**options):
    """Check options, with a topic where none is given."""
    return check(KafkaOptions(**({"topics": ("orders",)} | options)), name="shop")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"topics": ()}, "nothing to read: set topics"),
        ({"topic_pattern": "("}, "topic_pattern = "),
        ({"bootstrap_servers": ("kafka",)}, 'bootstrap_servers: "kafka" is no address'),
        ({"bootstrap_servers": ()}, "bootstrap_servers is empty"),
        ({"group": ""}, "group is empty"),
        ({"start": "yesterday"}, 'start = "yesterday" is not known'),
        ({"start": "2026-01-31T02:00:00"}, "a time with its zone"),
        ({"username": "u"}, "need sasl_mechanism"),
        (SASL, "username is missing"),
        (SASL | {"username": "u"}, "password_file is missing"),
        (OAUTH, "oauth_token_file or oauth_token_url"),
        (OAUTH | {"oauth_token_file": "t", "oauth_token_url": "https://a"}, "one of the two"),
        (OAUTH | {"oauth_token_url": "https://a"}, "oauth_client_id is missing"),
        (OAUTH | {"oauth_token_url": "https://a", "oauth_client_id": "c"}, "oauth_client_secret_file is missing"),
        (
            OAUTH | {"oauth_token_url": "https://u:p@a/token"},
            "oauth_token_url must not have a user or a password in it",
        ),
        (OAUTH | {"oauth_token_url": "ftp://a/token"}, "oauth_token_url needs http:// or https:// and a host"),
        (OAUTH | {"oauth_token_url": "https://[a"}, "oauth_token_url is no URL"),
        ({"tls_ca": "ca.pem"}, "need tls = true"),
        ({"tls": True, "tls_cert": "c.pem"}, "tls_key is missing"),
        ({"tls": True, "tls_ca": "nowhere.pem"}, "tls_ca nowhere.pem is not a file"),
    ],
)
def test_what_is_wrong_is_named(options, words):
    """An error names the collector, the key and what to do."""
    with pytest.raises(ConfigError) as error:
        checked(**options)

    assert "[collectors.shop]" in str(error.value)
    assert words in str(error.value)


def test_a_password_in_a_url_is_not_repeated():
    """What refuses a secret does not show it."""
    with pytest.raises(ConfigError) as error:
        checked(**(OAUTH | {"oauth_token_url": "https://user:hunter2@login.example/token"}))

    assert "hunter2" not in str(error.value)


def test_a_topic_is_wanted_by_its_whole_name():
    """Names are taken as they are, and a pattern has to match all of a name."""
    wanted = checked(topics=("a.b",), topic_pattern=r"x|y\d").wanted

    assert ["a.b", "x", "y1"] == [name for name in ("a.b", "aXb", "a.bc", "x", "xx", "y1", "y12") if wanted.match(name)]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("stored", Start(kind="stored")),
        ("earliest", Start(kind="earliest")),
        ("latest", Start(kind="latest")),
        ("1970-01-01T00:00:01.5Z", Start(kind="time", at_ms=1500)),
        ("1970-01-01T01:00:00+01:00", Start(kind="time", at_ms=0)),
    ],
)
def test_start(text, start):
    """A start is a word or a time with its zone."""
    assert start == checked(start=text).start
