"""Creates the topics of a demo, and removes them when it ends, however it ends.

Started as `python -m tracer.demo.kafka.topics HOST:PORT PREFIX`. It leaves last, because the sidecar reads
the topics until it is gone.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from tracer.demo.child import stand_by
from tracer.demo.kafka.place import PARTITIONS, REQUEST_TIMEOUT_MS, TOPICS, Place
from tracer.errors import Unreachable

REACH_S: Final = 10.0


def require_broker(bootstrap: str) -> None:
    """Return when a broker answers. Raises Unreachable when none does."""
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())  # the error says it, in one line
    asyncio.run(_reach(bootstrap))


async def _reach(bootstrap: str) -> None:
    try:
        async with asyncio.timeout(REACH_S), _admin(bootstrap) as admin:
            await admin.list_topics()
    except (KafkaError, OSError, TimeoutError) as error:
        raise Unreachable(
            f"no Kafka broker answers at {bootstrap}: start one (scripts/kafka.sh start FOLDER) or give another --kafka"
        ) from error


async def create(place: Place) -> None:
    """Create the topics, but for those that are there already. Raises KafkaError when one cannot be."""
    topics = [NewTopic(place.name(topic), PARTITIONS, 1) for topic in TOPICS]
    async with _admin(place.bootstrap) as admin:
        answer = await admin.create_topics(topics, timeout_ms=REQUEST_TIMEOUT_MS)
    for topic, code, *_ in answer.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            raise for_code(code)(f"topic {topic} could not be created")


async def remove(place: Place) -> None:
    """Remove the topics; with them go the groups' offsets, and with those the groups."""
    async with _admin(place.bootstrap) as admin:
        await admin.delete_topics([place.name(topic) for topic in TOPICS], timeout_ms=REQUEST_TIMEOUT_MS)


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


def main() -> None:
    """Create them, wait until the demo ends, remove them."""
    place = Place(bootstrap=sys.argv[1], prefix=sys.argv[2])
    asyncio.run(create(place))
    stand_by(prefix=place.prefix)
    asyncio.run(remove(place))


if __name__ == "__main__":
    main()
