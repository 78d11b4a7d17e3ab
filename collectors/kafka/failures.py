"""What went wrong with Kafka, in one line for a person. Text of a broker or a server is cleaned."""

from __future__ import annotations

import ssl
from typing import Final

from aiokafka.errors import (
    AuthenticationFailedError,
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    NoBrokersAvailable,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)

from tracer.errors import SagascopeError
from tracer.model.text import clean

_LIMIT: Final = 300


class Unusable(SagascopeError):
    """The cluster cannot be read just now. The text says why, and what a person may do."""


def told(failure: BaseException, *, servers: str, mechanism: str | None) -> str:
    """Say what a failure means: what is wrong, and what to look at where a person can do something."""
    if isinstance(failure, SagascopeError):
        return clean(str(failure), _LIMIT)
    credential = "the token" if mechanism == "OAUTHBEARER" else "username or password"
    meanings: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
        ((AuthenticationFailedError, SaslAuthenticationFailed), f"{servers} refuses {credential} ({mechanism})"),
        (UnsupportedSaslMechanismError, f"{servers} does not take sasl_mechanism {mechanism}"),
        (GroupAuthorizationFailedError, f"{servers} does not let us use the consumer group; allow Read on it"),
        (TopicAuthorizationFailedError, f"{servers} does not let us read a topic; allow Read and Describe on it"),
        (ssl.SSLError, f"TLS with {servers} fails"),
        (TimeoutError, f"{servers} does not answer in time"),
        ((KafkaConnectionError, NoBrokersAvailable, OSError), f"{servers} cannot be reached"),
        (KafkaError, f"Kafka at {servers} fails"),
    )
    meaning = next((text for kinds, text in meanings if isinstance(failure, kinds)), f"reading {servers} fails")
    return f"{meaning}: {_words(failure)}"


def _words(failure: BaseException) -> str:
    return clean(str(failure), _LIMIT).strip() or type(failure).__name__
