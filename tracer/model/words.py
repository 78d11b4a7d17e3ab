"""The closed vocabularies of the record and of the state that is derived from it."""

from __future__ import annotations

from typing import Final, Literal, get_args

Phase = Literal[
    "txn_started", "txn_completed", "txn_failed",
    "command", "started", "progressed", "waiting", "completed", "failed", "retried", "timed_out",
    "compensating", "compensated", "compensation_failed",
    "observed",
]  # fmt: skip
StepState = Literal[
    "pending", "running", "waiting", "retrying", "completed", "failed",
    "compensating", "compensated", "compensation_failed", "skipped",
]  # fmt: skip
TransactionStatus = Literal["running", "stuck", "compensating", "compensated", "completed", "failed"]
StallKind = Literal["step-overdue", "handoff-lost", "retry-loop", "compensation-stuck", "wait-overdue", "never-ended"]
Outcome = Literal["completed", "failed", "compensated", "cancelled"]
Style = Literal["choreography", "orchestration"]
RecordKind = Literal["span", "event"]
SpanKind = Literal["internal", "server", "client", "producer", "consumer"]
CorrelatedBy = Literal["id", "alias", "trace", "ancestor", "link", "causation"]

PHASES: Final[tuple[Phase, ...]] = get_args(Phase)
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
STATUSES: Final[tuple[TransactionStatus, ...]] = get_args(TransactionStatus)
OPEN_STATUSES: Final[frozenset[TransactionStatus]] = frozenset({"running", "stuck", "compensating"})
