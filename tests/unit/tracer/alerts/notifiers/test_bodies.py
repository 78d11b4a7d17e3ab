"""What each notifier writes: complete, within the receiver's limits, and without meaning smuggled in."""

import hashlib
import hmac
import json

import pytest

from tests.alert_fakes import AT, notice
from tests.receivers import make, ready
from tracer.alerts.notifiers.alertmanager import alert_of, api_url
from tracer.alerts.notifiers.make import masked
from tracer.alerts.notifiers.otlp import attributes
from tracer.alerts.notifiers.texts import document, fill, in_json, values
from tracer.alerts.notifiers.webhook import signature
from tracer.alerts.outgoing import without_secrets
from tracer.config.notifying import NOTICE_PLACEHOLDERS

HOSTILE = 'a "b" <!channel> & <https://x|y> {title} \\n'
MAIL = 'type = "email"\nserver = "127.0.0.1:25"\nfrom = "sagascope@x.example"\nto = ["a@x.example", "b@x.example"]\n'
SLACK = {"SAGASCOPE_NOTIFIERS__N__URL": "https://hooks.example/T/B/x"}
PAGERDUTY = {"SAGASCOPE_NOTIFIERS__N__ROUTING_KEY": "0" * 32}


def test_every_placeholder_has_a_value():
    """Those that are checked in the configuration are those that are filled in."""
    assert NOTICE_PLACEHOLDERS == tuple(values(notice()))


def test_the_document_is_the_whole_notice():
    """No field is left out, and it is JSON."""
    told = document(notice(kind="resolved"))

    assert set(notice().__dataclass_fields__) == set(told)
    assert told == json.loads(json.dumps(told))
    assert "2026-03-01T02:00:00.000Z" == told["ends_at"]


@pytest.mark.parametrize(
    ("template", "expected"),
    [("{severity}: {title}", 'warning: a "b"'), ("{{{kind}}}", "{firing}"), ("{owner}", ""), ("plain", "plain")],
)
def test_templates_are_filled_once(template, expected):
    """Doubled braces stay; what a notice does not have is empty; a value is not a template."""
    assert expected == fill(template, values(notice(title='a "b"', owner=None)))
    assert "{kind}" == fill("{title}", values(notice(title="{kind}")))


def test_a_value_cannot_leave_the_quotes_of_json():
    """Whatever it holds."""
    body = fill('{{"t": "{title}"}}', values(notice(title=HOSTILE)), in_json)

    assert {"t": HOSTILE} == json.loads(body)


def test_slack_is_told_in_blocks_within_its_limits(tmp_path):
    """A header, the text and a line of facts; nothing of the text is a mention or a link."""
    slack = make(tmp_path, 'type = "slack"\nchannel = "#ops"\n', environ=SLACK)
    message = slack.message(notice(title=HOSTILE + "x" * 300, text="&<>" * 3000))
    header, section, facts = message["blocks"]

    assert "#ops" == message["channel"]
    assert message["text"].startswith('a "b" &lt;!channel&gt; &amp; ')
    assert 150 == len(header["text"]["text"])
    assert "plain_text" == header["text"]["type"]
    assert 2900 < len(section["text"]["text"]) <= 3000
    assert "<" not in section["text"]["text"]
    assert "<https://sagascope.example/#o-1|open>" in facts["elements"][0]["text"]


def test_mattermost_is_told_in_text(tmp_path):
    """One text, escaped."""
    chat = make(tmp_path, 'type = "slack"\nformat = "text"\ntitle = "{title}!"\n', environ=SLACK)
    message = chat.message(notice(title="<!here>", text="1 & 2", kind="resolved"))

    assert {"text": ":white_check_mark: *&lt;!here&gt;!*\n1 &amp; 2"} == message


@pytest.mark.parametrize(
    ("kind", "action"),
    [("firing", "trigger"), ("repeat", "trigger"), ("acknowledged", "acknowledge"), ("resolved", "resolve")],
)
def test_pagerduty_has_one_incident_for_an_alert(tmp_path, kind, action):
    """By the dedup_key, which is the same from its firing to its end."""
    event = make(tmp_path, 'type = "pagerduty"\n', environ=PAGERDUTY).event(notice("n7", kind=kind))

    assert (action, "sagascope-a1", "0" * 32) == (event["event_action"], event["dedup_key"], event["routing_key"])
    assert (action == "trigger") == ("payload" in event)


def test_pagerduty_keeps_its_limits(tmp_path):
    """A summary of 1024 characters, an event of 512 KiB."""
    event = make(tmp_path, 'type = "pagerduty"\n', environ=PAGERDUTY).event(
        notice(title="x" * 5000, text="\N{EURO SIGN}" * 400_000)
    )

    assert 1024 == len(event["payload"]["summary"])
    assert len(json.dumps(event, ensure_ascii=False).encode()) < 512 * 1024


def test_alertmanager_knows_an_alert_by_what_does_not_change():
    """Counts and examples are annotations; empty labels are left out."""
    first = alert_of(notice(labels={"alertname": "x", "saga": "order", "empty": ""}), AT)
    later = alert_of(notice(labels={"alertname": "x", "saga": "order"}, transactions=9, examples=(), kind="repeat"), AT)

    assert {"alertname": "x", "saga": "order", "severity": "warning"} == first["labels"] == later["labels"]
    assert "412" == first["annotations"]["transactions"]
    assert "https://sagascope.example/#o-1" == first["generatorURL"]


@pytest.mark.parametrize("url", ["http://a:9093", "http://a:9093/", "http://a:9093/api/v2/alerts"])
def test_an_instance_is_named_with_or_without_the_path(url):
    """Both mean the same."""
    assert "http://a:9093/api/v2/alerts" == api_url(url)


def test_mails_of_an_alert_are_one_thread(tmp_path):
    """The end refers to the firing; a try again has the same Message-ID."""
    mailer = make(tmp_path, MAIL)
    firing, again, end = (mailer.message(one) for one in (notice(), notice(), notice("n2", kind="resolved")))

    assert firing["Message-ID"] == again["Message-ID"] == end["References"] == end["In-Reply-To"]
    assert firing["Message-ID"] != end["Message-ID"]
    assert firing["References"] is None
    assert "a@x.example, b@x.example" == firing["To"]


@pytest.mark.parametrize(
    "title", ["x\r\nBcc: evil@x.example", "x\nBcc: evil@x.example\n\nbody", "x\x0bBcc: y", "x\u2028y"]
)
def test_no_title_can_add_a_header(tmp_path, title):
    """Nor end the headers."""
    text = make(tmp_path, MAIL + 'title = "{title}"\n').message(notice(title=title)).as_bytes()
    head, _, _ = text.partition(b"\r\n\r\n")

    assert not [line for line in head.splitlines() if line.lower().startswith(b"bcc")]
    assert 1 == head.count(b"Message-ID:")


def test_the_log_record_says_all():
    """Labels, annotations, the alert's id and the notice's own."""
    told = attributes(notice())

    assert ("a1", "n1", 412) == (
        told["sagascope.alert.id"],
        told["sagascope.alert.notice"],
        told["sagascope.alert.transactions"],
    )
    assert "order" == told["sagascope.alert.label.saga"]
    assert "https://wiki.example/charge-card" == told["sagascope.alert.annotation.runbook"]


def test_the_signature_covers_time_and_body():
    """HMAC-SHA256 over the seconds, a dot and the body."""
    expected = hmac.new(b"key", b'1772330400.{"a":1}', hashlib.sha256).hexdigest()

    assert f"t=1772330400,v1={expected}" == signature("key", 1772330400, b'{"a":1}')


def test_secrets_do_not_show_in_a_representation(tmp_path):
    """Not even in a traceback."""
    slack = make(tmp_path, 'type = "slack"\n', environ=SLACK)
    pager = make(tmp_path, 'type = "pagerduty"\n', environ={**PAGERDUTY, "SAGASCOPE_NOTIFIERS__N__ROUTING_KEY": "k3y"})

    assert "hooks" not in repr(slack)
    assert "k3y" not in repr(pager)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("bad token SECRET+XYZ", "bad token ***"),
        ("bad token SECRET XYZ", "bad token ***"),
        ("no hook B0B0B0", "no hook ***"),
        ("got /T%2FA1/B0B0B0?token=SECRET+XYZ", "got /***/***?token=***"),
        ("is T/A1", "is ***"),
    ],
)
def test_no_part_of_an_address_is_told(tmp_path, said, expected):
    """Neither of its path nor of its query, as written and as meant; the words around it stay."""
    url = "https://hooks.example/T%2FA1/B0B0B0?token=SECRET+XYZ&v=2"
    one = ready(tmp_path, 'type = "slack"\n', {"SAGASCOPE_NOTIFIERS__N__URL": url})

    assert expected == without_secrets(said, masked(one))


def test_the_last_word_of_a_header_is_told_by_nobody(tmp_path):
    """A receiver repeats the key without its Bearer; an empty header hides nothing."""
    text = 'type = "otlp"\nendpoint = "http://127.0.0.1:4317"\n'
    one = ready(tmp_path, text, {"SAGASCOPE_NOTIFIERS__N__HEADERS": "authorization=Bearer SECRETXYZ,x-empty="})

    assert "UNAUTHENTICATED: key *** is wrong" == without_secrets(
        "UNAUTHENTICATED: key SECRETXYZ is wrong", masked(one)
    )
