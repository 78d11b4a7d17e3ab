"""CloudEvents 1.0, in the binary (`ce_` headers) and the structured mode of the Kafka binding.

Names: the CloudEvents specification, its Kafka protocol binding, its extensions correlation
(`correlationid`, `causationid`), distributed tracing (`traceparent`) and business activity monitoring:
`bamtxid` is the instance; `bampid` names the process, `bamptxid` a transaction of it and `bamptxsid` a step
of that, which may be called the same in another one ("start"), so that both name the step together;
`bamptxsstatus` is its status, and `bamptxcompleted` says that it was the last. HTTP's `ce-` headers count
as well, since bridges carry them over.
"""

from __future__ import annotations

from typing import Final

from collectors.dialects.dialect import Dialect
from collectors.dialects.sql import literal

_STRUCTURED: Final = (
    "(starts_with(lower(header('content-type')), 'application/cloudevents+json')"
    " OR (path('$.specversion') IS NOT NULL AND path('$.source') IS NOT NULL AND path('$.type') IS NOT NULL"
    " AND path('$.id') IS NOT NULL))"
)
_BINARY: Final = "(header('ce_specversion') IS NOT NULL OR header('ce-specversion') IS NOT NULL)"
# What the statuses of business activity monitoring, free text by its specification, mean to a step.
_PHASES: Final = {
    "started": ("started", "start", "running", "inprogress", "in_progress", "in-progress", "active"),
    "waiting": ("waiting", "pending", "suspended"),
    "completed": ("completed", "complete", "success", "succeeded", "successful", "ok", "done", "finished"),
    "failed": ("failed", "fail", "failure", "error"),
    "timed_out": ("timedout", "timed_out", "timeout"),
    "retried": ("retried", "retrying", "retry"),
    "compensating": ("compensating",),
    "compensated": ("compensated",),
}


def _attribute(name: str) -> str:
    """Give an attribute of the event: from the headers in binary mode, else from the envelope."""
    binary = f"coalesce(header('ce_{name}'), header('ce-{name}'))"
    return f"CASE WHEN {_BINARY} THEN {binary} ELSE path('$.{name}') END"


def _phase() -> str:
    pairs = ((status, phase) for phase, statuses in _PHASES.items() for status in statuses)
    cases = " ".join(f"WHEN {literal(status)} THEN {literal(phase)}" for status, phase in pairs)
    return f"CASE lower({_attribute('bamptxsstatus')}) {cases} END"


def _outcome() -> str:
    """Say how the transaction ended: on the event that says so, by the status of its last step."""
    completed = f"lower({_attribute('bamptxcompleted')})"
    phase = _phase()
    return (
        f"CASE {completed} WHEN 'true' THEN"
        f" CASE {phase} WHEN 'failed' THEN 'failed' WHEN 'timed_out' THEN 'failed'"
        f" WHEN 'compensated' THEN 'compensated' ELSE 'completed' END END"
    )


DIALECT: Final = Dialect(
    name="cloudevents",
    recognises=f"{_BINARY} OR {_STRUCTURED}",
    columns={
        "transaction_id": f"coalesce({_attribute('bamtxid')}, {_attribute('correlationid')})",
        "saga": _attribute("bampid"),
        "step": f"coalesce({_attribute('bamptxid')} || '.', '') || {_attribute('bamptxsid')}",
        "phase": _phase(),
        "outcome": _outcome(),
        "owner": _attribute("source"),
        "name": _attribute("type"),
        "at_ns": _attribute("time"),
        "message_id": _attribute("id"),
        "causation_id": _attribute("causationid"),
        "schema_ref": _attribute("dataschema"),
        "traceparent": _attribute("traceparent"),
    },
    refuses=(
        f"CASE WHEN NOT {_BINARY} AND payload IS NULL AND value IS NOT NULL"
        " THEN 'a CloudEvent in structured mode whose value is not JSON' END"
    ),
    body="$.data",
)
