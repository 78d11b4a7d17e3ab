"""`/v1/alerts`, `/v1/silences`, `/v1/rules` and what belongs to them: what is told of alerts, and what people do."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar, get_args
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from tracer.api.parameters import MAX_PAGE_ROWS, Parameter, chosen, whole
from tracer.api.ports import Alerts
from tracer.api.route import JSON, Context, Route
from tracer.errors import Busy, NotFound, SagascopeError, TooLarge, Unreachable, UsageError
from tracer.views import (
    AlertHistory,
    AlertList,
    AlertQuery,
    AlertState,
    AlertView,
    DeliveryList,
    DeliveryState,
    NotifierTest,
    RuleList,
    RuleTest,
    Severity,
    Silence,
    SilenceList,
    TrialQuery,
)

T = TypeVar("T")

MAX_BODY_BYTES: Final = 64 * 2**10
DEFAULT_ROWS: Final = 100
TRIAL_S: Final = 60.0  # more than a trial allows itself, and less than the client waits

_STATES: Final = get_args(AlertState)
_SEVERITIES: Final = get_args(Severity)
_OUTCOMES: Final = get_args(DeliveryState)
_LIMIT: Final = Parameter(
    name="limit", about="Rows.", schema={"type": "integer", "minimum": 1, "maximum": MAX_PAGE_ROWS}
)
ALERTS: Final = (
    Parameter(name="rule", about="Only of this rule.", repeated=True),
    Parameter(name="state", about="Only in this state.", schema={"enum": list(_STATES)}, repeated=True),
    Parameter(name="severity", about="Only as severe as this.", schema={"enum": list(_SEVERITIES)}, repeated=True),
    _LIMIT,
)
DELIVERIES: Final = (
    Parameter(name="alert", about="Only of the alert with this id."),
    Parameter(name="notifier", about="Only to this notifier.", repeated=True),
    Parameter(name="state", about="Only in this state.", schema={"enum": list(_OUTCOMES)}, repeated=True),
    _LIMIT,
)
HISTORY: Final = (Parameter(name="subject", about="Only of the alert or silence with this id."), _LIMIT)

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Words = Annotated[str, msgspec.Meta(max_length=1000)]
_Matcher = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class AcknowledgeRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is on it, and what they say."""

    by: _Name
    note: _Words = ""


class ByRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who does it."""

    by: _Name


class SilenceRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No notices for the alerts whose labels all matchers hold for, from `starts` (now) until `ends`."""

    matchers: Annotated[tuple[_Matcher, ...], msgspec.Meta(min_length=1, max_length=16)]
    by: _Name
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    ends: _Moment
    starts: _Moment | None = None


class TrialRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Over which time a rule is tried, and how often in it; `at` is one moment instead."""

    at: _Moment | None = None
    since: _Moment | None = None
    until: _Moment | None = None
    every_s: Annotated[float, msgspec.Meta(gt=0)] | None = None


class NothingRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is to be said: `{}`."""


# --- asking -----------------------------------------------------------------------------------------------------------


async def _alerts(request: web.Request, context: Context) -> web.StreamResponse:
    query = AlertQuery(
        rule=tuple(request.query.getall("rule", [])),
        state=chosen(request.query.getall("state", []), _STATES, "state"),
        severity=chosen(request.query.getall("severity", []), _SEVERITIES, "severity"),
        limit=_rows(request),
    )
    return _json(await context.pool.run(_known(context).alerts, query))


async def _alert(request: web.Request, context: Context) -> web.StreamResponse:
    return _json(await context.pool.run(_known(context).alert, request.match_info["id"]))


async def _rules(_request: web.Request, context: Context) -> web.StreamResponse:
    return _json(await context.pool.run(_known(context).rules))


async def _silences(_request: web.Request, context: Context) -> web.StreamResponse:
    return _json(await context.pool.run(_known(context).silences))


async def _deliveries(request: web.Request, context: Context) -> web.StreamResponse:
    answer = context.pool.run(
        _known(context).deliveries,
        alert=request.query.get("alert"),
        notifier=tuple(request.query.getall("notifier", [])),
        state=chosen(request.query.getall("state", []), _OUTCOMES, "state"),
        limit=_rows(request),
    )
    return _json(await answer)


async def _history(request: web.Request, context: Context) -> web.StreamResponse:
    subject = request.query.get("subject")
    return _json(await context.pool.run(_known(context).history, subject=subject, limit=_rows(request)))


# --- doing ------------------------------------------------------------------------------------------------------------


async def _acknowledge(request: web.Request, context: Context) -> web.StreamResponse:
    asked = await _body(request, AcknowledgeRequest)
    acknowledge = _known(context).acknowledge
    return _json(await context.pool.run(acknowledge, request.match_info["id"], by=asked.by, note=asked.note))


async def _unacknowledge(request: web.Request, context: Context) -> web.StreamResponse:
    asked = await _body(request, ByRequest)
    return _json(await context.pool.run(_known(context).unacknowledge, request.match_info["id"], by=asked.by))


async def _silence(request: web.Request, context: Context) -> web.StreamResponse:
    asked = await _body(request, SilenceRequest)
    answer = context.pool.run(
        _known(context).silence,
        asked.matchers,
        by=asked.by,
        reason=asked.reason,
        ends=asked.ends,
        starts=asked.starts,
    )
    return _json(await answer)


async def _end_silence(request: web.Request, context: Context) -> web.StreamResponse:
    asked = await _body(request, ByRequest)
    return _json(await context.pool.run(_known(context).end_silence, request.match_info["id"], by=asked.by))


async def _try_rule(request: web.Request, context: Context) -> web.StreamResponse:
    asked = await _body(request, TrialRequest)
    if context.trials is None:
        raise Unreachable("no rule can be tried here: no alerts run beside this API")
    query = TrialQuery(at=asked.at, since=asked.since, until=asked.until, every_s=asked.every_s)
    return _json(await context.pool.run(context.trials.try_rule, request.match_info["name"], query, answer_s=TRIAL_S))


async def _test_notifier(request: web.Request, context: Context) -> web.StreamResponse:
    await _body(request, NothingRequest)
    if context.notifiers is None:
        raise Unreachable("no notifier runs beside this API: nothing can be sent")
    name, begun_s = request.match_info["name"], time.monotonic()
    error: str | None = None
    try:
        await context.notifiers.send_test(name)
    except (NotFound, Busy, Unreachable):
        raise
    except SagascopeError as failed:
        error = str(failed)
    took_s = round(time.monotonic() - begun_s, 3)
    return _json(NotifierTest(notifier=name, delivered=error is None, error=error, took_s=took_s))


def _known(context: Context) -> Alerts:
    if context.alerts is None:
        raise Unreachable("no alerts run beside this API")
    return context.alerts


def _rows(request: web.Request) -> int:
    return whole(request.query, "limit", DEFAULT_ROWS, least=1, most=MAX_PAGE_ROWS)


async def _body(request: web.Request, shape: type[T]) -> T:
    """Read the body of what changes something: JSON, which a page of another site cannot send unasked."""
    _refuse_others(request)
    if request.content_type != JSON:
        raise web.HTTPUnsupportedMediaType(reason=f"send Content-Type: {JSON}")
    content = await request.read()
    if len(content) > MAX_BODY_BYTES:
        raise TooLarge(f"the body has {len(content)} bytes; at most {MAX_BODY_BYTES} are read here")
    try:
        return msgspec.json.decode(content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as malformed:
        raise UsageError(f"the body does not say what to do: {malformed}") from malformed


def _refuse_others(request: web.Request) -> None:
    """Refuse what a page of another site asks: its Origin is not the host that is asked."""
    origin = request.headers.get("Origin")
    if origin is not None and _netloc(origin) != request.headers.get("Host", "").lower():
        raise web.HTTPForbidden(reason="a page of another site asks (Origin): it may not change anything here")


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type=JSON)


ALERT_ROUTES: Final = (
    Route(
        method="GET",
        path="/v1/alerts",
        about="List the alerts, firing ones first.",
        answer=_alerts,
        shape=AlertList,
        parameters=ALERTS,
    ),
    Route(
        method="POST",
        path="/v1/alerts/{id}/acknowledge",
        about="Note that somebody is on it: it is not told again until it is resolved.",
        answer=_acknowledge,
        shape=AlertView,
        body=AcknowledgeRequest,
    ),
    Route(
        method="DELETE",
        path="/v1/alerts/{id}/acknowledge",
        about="Take an acknowledgement back.",
        answer=_unacknowledge,
        shape=AlertView,
        body=ByRequest,
    ),
    Route(method="GET", path="/v1/alerts/{id}", about="Give one alert.", answer=_alert, shape=AlertView),
    Route(
        method="GET",
        path="/v1/alert-history",
        about="Give the audit trail of alerts and silences, the latest first.",
        answer=_history,
        shape=AlertHistory,
        parameters=HISTORY,
    ),
    Route(
        method="GET",
        path="/v1/deliveries",
        about="List the notices: to whom, how often each was tried, and what came of it; the latest first.",
        answer=_deliveries,
        shape=DeliveryList,
        parameters=DELIVERIES,
    ),
    Route(
        method="GET",
        path="/v1/silences",
        about="List the silences, those that hold now first.",
        answer=_silences,
        shape=SilenceList,
    ),
    Route(
        method="POST",
        path="/v1/silences",
        about="Silence the alerts whose labels match, for a while.",
        answer=_silence,
        shape=Silence,
        body=SilenceRequest,
    ),
    Route(
        method="DELETE",
        path="/v1/silences/{id}",
        about="End a silence now.",
        answer=_end_silence,
        shape=Silence,
        body=ByRequest,
    ),
    Route(
        method="GET",
        path="/v1/rules",
        about="List the alert rules that run, and how it goes with the notifiers.",
        answer=_rules,
        shape=RuleList,
    ),
    Route(
        method="POST",
        path="/v1/rules/{name}/test",
        about="Say when a rule would have fired over stored history.",
        answer=_try_rule,
        shape=RuleTest,
        body=TrialRequest,
    ),
    Route(
        method="POST",
        path="/v1/notifiers/{name}/test",
        about="Send a test notice to one notifier now.",
        answer=_test_notifier,
        shape=NotifierTest,
        body=NothingRequest,
    ),
)
