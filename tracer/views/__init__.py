"""What the query API answers: the shapes of `ls --json`, `show --json` and the HTTP API.

Every field is part of the contract with other people's scripts. Times are aware UTC datetimes (RFC 3339
in JSON), durations seconds. `null` means not known, never zero. Text comes from telemetry as it was:
whoever prints it cleans it first (`tracer.model.text`).
"""

from __future__ import annotations

from tracer.views.listing import (
    PARQUET_TRUNCATED,
    CollectorList,
    CollectorView,
    CoverageRow,
    RecordPage,
    RecordRow,
    Summary,
    Table,
    TransactionPage,
    TransactionQuery,
)
from tracer.views.overview import (
    Difference,
    Flow,
    FlowEdge,
    FlowNode,
    Incident,
    IncidentList,
    SagaList,
    SagaSummary,
    StallPage,
    StallQuery,
    StallRow,
    Stats,
    StatsRow,
)
from tracer.views.transaction import (
    Advice,
    Compensation,
    Current,
    Forecast,
    MessageGroup,
    MessagePlace,
    ReaderState,
    Remaining,
    SortKey,
    Stall,
    Step,
    ThresholdSource,
    TimelineEntry,
    Transaction,
)

__all__ = [
    "PARQUET_TRUNCATED",
    "Advice",
    "CollectorList",
    "CollectorView",
    "Compensation",
    "CoverageRow",
    "Current",
    "Difference",
    "Flow",
    "FlowEdge",
    "FlowNode",
    "Forecast",
    "Incident",
    "IncidentList",
    "MessageGroup",
    "MessagePlace",
    "ReaderState",
    "RecordPage",
    "RecordRow",
    "Remaining",
    "SagaList",
    "SagaSummary",
    "SortKey",
    "Stall",
    "StallPage",
    "StallQuery",
    "StallRow",
    "Stats",
    "StatsRow",
    "Step",
    "Summary",
    "Table",
    "ThresholdSource",
    "TimelineEntry",
    "Transaction",
    "TransactionPage",
    "TransactionQuery",
]
