"""What is wrong with a notifier is found before it is needed, with the key and the fix, and without its secret."""

import pytest

from tracer.config.decode import decode
from tracer.config.notifiers import environment, host_of, is_allowed, ready_notifiers
from tracer.config.sources import read
from tracer.errors import ConfigError

ENV = "SAGASCOPE_NOTIFIERS__N__"
MAIL = 'type = "email"\nserver = "mail.example:587"\nfrom = "s@x.example"\nto = "a@x.example"\n'
HOOK = 'type = "webhook"\nurl = "https://x.example/in"\n'


def load(folder, keys, environ=None, alerting=""):
    """Read and make ready one notifier "n"."""
    path = folder / "sagascope.toml"
    path.write_text(f"{alerting}[notifiers.n]\n{keys}")
    configuration = decode(read(path, environ=environ or {}, cwd=folder))
    settings = configuration.settings
    return ready_notifiers(settings.notifiers, configuration.source, settings.alerting.allowed_hosts)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("timeout = '1s'\n", 'the key "type" is missing; choose one of alertmanager'),
        ('type = "pager"\n', '[notifiers.n] type: "pager" is not valid: choose one of alertmanager'),
        (HOOK + "colour = 1\n", "no such key; known"),
        (HOOK + 'method = "PUT"\n', "[notifiers.n] method: no such key"),
        (HOOK + 'timeout = "1ms"\n', "at least 100ms"),
        (
            HOOK + "secret = 'abc'\n",
            'does not belong in the file: use "secret_file" or $SAGASCOPE_NOTIFIERS__N__SECRET',
        ),
        ('type = "webhook"\n', 'the key "url_file" is missing (or $SAGASCOPE_NOTIFIERS__N__URL)'),
        ('type = "webhook"\nurl = "ftp://x"\n', "is not a URL"),
        ('type = "webhook"\nurl = "https://ann:pw@x.example"\n', "do not belong in a URL"),
        (HOOK + 'body = "{nobody}"\n', '"{nobody}": no such placeholder'),
        (HOOK + "body = '{{\"a\": {title}'\n", "is not JSON when it is filled in"),
        ('type = "pagerduty"\n', 'the key "routing_key_file" is missing (or $SAGASCOPE_NOTIFIERS__N__ROUTING_KEY)'),
        ('type = "pagerduty"\nrouting_key_file = "none"\n', "[notifiers.n] routing_key_file: "),
        ('type = "slack"\n', 'the key "url_file" is missing'),
        ('type = "slack"\nurl = "https://hooks.example/x"\n', "a secret does not belong in the file"),
        ('type = "alertmanager"\nurl = []\n', "no instance is named"),
        ('type = "alertmanager"\nurl = "http://x"\nrefresh = "10ms"\n', "at least 1s"),
        (MAIL + 'username = "ann"\n', "a username needs a password"),
        (MAIL.replace("s@x.example", "nobody"), '"nobody" is not a mail address'),
        (MAIL.replace("a@x.example", "a@x.example\\r\\nBcc: b@x"), "is not a mail address"),
        (MAIL + 'security = "none"\nusername = "ann"\n', "a password would go out in the clear"),
        (MAIL + 'title = "{x}"\n', '"{x}": no such placeholder'),
        ('type = "exec"\ncommand = []\n', "name a program"),
        ('type = "exec"\ncommand = ["/nowhere/page"]\n', '"/nowhere/page" is not a program that can be started'),
        ('type = "exec"\ncommand = ["true", "x={title}"]\n', 'a placeholder is an argument of its own, like "{title}"'),
        ('type = "exec"\ncommand = ["true", "{titel}"]\n', 'no such placeholder; did you mean "title"?'),
        ('type = "otlp"\nendpoint = "collector:4317"\n', "[notifiers.n] endpoint: is not a URL"),
    ],
)
def test_what_is_wrong_is_named_with_its_key(tmp_path, keys, expected):
    """And what to write instead."""
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, keys)

    assert expected in str(raised.value)


def test_a_secret_is_given_once(tmp_path):
    """By the file or by the environment."""
    (tmp_path / "key").write_text("abc\n")
    keys = 'type = "pagerduty"\nrouting_key_file = "key"\n'
    ((ready,), _) = load(tmp_path, keys)

    assert {"routing_key": "abc"} == ready.secrets
    assert "abc" not in repr(ready)
    with pytest.raises(ConfigError, match="said twice") as raised:
        load(tmp_path, keys, {ENV + "ROUTING_KEY": "other-key"})
    assert "other-key" not in str(raised.value)


def test_a_secret_address_that_is_none_is_not_shown(tmp_path):
    """The error names the key alone."""
    with pytest.raises(ConfigError, match="is not a URL") as raised:
        load(tmp_path, 'type = "slack"\n', {ENV + "URL": "hooks.example/T0/s3cret"})

    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("keys", "environ"),
    [
        (HOOK, {}),
        ('type = "slack"\n', {ENV + "URL": "https://x.example/T0"}),
        ('type = "alertmanager"\nurl = ["https://ok.example", "https://x.example"]\n', {}),
        (MAIL.replace("mail.example", "x.example"), {}),
        ('type = "otlp"\nendpoint = "https://x.example:4317"\n', {}),
        ('type = "pagerduty"\n', {ENV + "ROUTING_KEY": "k"}),
    ],
)
def test_only_allowed_hosts_can_be_named(tmp_path, keys, environ):
    """Whichever way a notifier takes."""
    alerting = '[alerting]\nallowed_hosts = ["ok.example"]\n'

    with pytest.raises(ConfigError, match=r"is not one of \[alerting\] allowed_hosts"):
        load(tmp_path, keys, environ, alerting)


@pytest.mark.parametrize(
    ("keys", "environ", "expected"),
    [
        (HOOK.replace("https", "http"), {ENV + "SECRET": "k"}, 1),
        (HOOK.replace("https", "http"), {}, 0),
        (HOOK.replace("https://x.example", "http://127.0.0.1"), {ENV + "SECRET": "k"}, 0),
        (HOOK, {ENV + "SECRET": "k"}, 0),
        ('type = "otlp"\nendpoint = "http://x.example:4317"\n', {ENV + "HEADERS": "a: b"}, 1),
    ],
)
def test_a_secret_in_the_clear_is_warned_of(tmp_path, keys, environ, expected):
    """Plain http to another machine."""
    _, warnings = load(tmp_path, keys, environ)

    assert expected == len(warnings)
    assert all("a secret goes to x.example over plain http; use https" in one for one in warnings)


@pytest.mark.parametrize(
    ("host", "allowed", "expected"),
    [
        ("a.example", [], True),
        ("a.example", ["A.example"], True),
        ("b.a.example", ["a.example"], False),
        ("b.a.example", ["*.a.example"], True),
        ("a.example", ["*.a.example"], False),
        ("evil-a.example", ["*.a.example"], False),
        ("a.example.evil", ["a.example"], False),
    ],
)
def test_a_host_is_allowed_by_its_name(host, allowed, expected):
    """Or as one below a name with a star."""
    assert expected is is_allowed(host, allowed)


@pytest.mark.parametrize(
    ("address", "expected"), [("https://A.example:1/x", "a.example"), ("[::1]:25", "::1"), ("http://[::1]/", "::1")]
)
def test_the_host_of_an_address(address, expected):
    """Of a URL and of HOST:PORT."""
    assert expected == host_of(address)


def test_programs_do_not_see_our_own_variables():
    """They hold secrets."""
    assert {"PATH": "/bin"} == environment({"PATH": "/bin", ENV + "SECRET": "k"})
