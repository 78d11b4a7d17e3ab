"""The attributes, headers and payload names that may carry the business transaction id."""

from __future__ import annotations

from typing import Final

# The business transaction id, in this order: our own key and its copy from baggage, workflow ids that
# people choose, saga instance ids, and at last the ids that a framework makes up for itself.
CORRELATION_KEYS: Final = (
    "saga.id",
    "baggage.saga.id",
    "business.transaction.id",
    "bamtxid",
    "temporalWorkflowID",
    "temporalWorkflowId",
    "workflowId",
    "dbos.operation.workflow_id",
    "operationUUID",
    "nservicebus.saga.saga_id",
    "nservicebus.handler.saga_id",
    "messaging.masstransit.saga_id",
    "messaging.masstransit.tracking_number",
    "command_saga_id",
    "commandreply_saga_id",
    "X-TX-XID",
    "processInstanceKey",
    "restate.invocation.id",
    "messaging.masstransit.correlation_id",
    "nservicebus.correlation_id",
    "nservicebus.conversation_id",
    "messaging.message.conversation_id",
)
