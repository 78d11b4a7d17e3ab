"""Whether the cluster answers, whether our topics are there, and how far behind we are: asked every few seconds.

aiokafka goes on trying without a word when brokers are away; this is what tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from collectors.kafka.failures import Unusable, told
from collectors.kafka.health import Health
from collectors.kafka.options import KafkaOptions

_EVERY_S: Final = 3.0
_TIMEOUT_S: Final = 5.0
_GIVE_UP_S: Final = 30.0  # without an answer: a new session looks for the cluster from the start
_SHOWN: Final = 5  # topics named in one line


class Watch:
    """Looks at one consumer's cluster; `ends` is the next offset that will be written, as far as we may read it."""

    def __init__(self, *, consumer: Any, options: KafkaOptions, health: Health) -> None:
        self._consumer = consumer
        self._options = options
        self._health = health
        self.ends: Mapping[TopicPartition, int] = {}

    async def run(self) -> None:
        """Look until cancelled. Raises Unusable when the cluster has not answered for long."""
        loop = asyncio.get_running_loop()
        answered_s = loop.time()
        while True:
            try:
                async with asyncio.timeout(_TIMEOUT_S):
                    await self._look()
            except IllegalStateError:
                pass  # given away while we asked
            except (KafkaError, OSError, TimeoutError) as failed:
                why = told(failed, servers=servers(self._options), mechanism=self._options.sasl_mechanism)
                if loop.time() - answered_s > _GIVE_UP_S:
                    raise Unusable(why) from failed
                self._health.trouble("cluster", f"{why}; asked again every {_EVERY_S:.0f} s, reading goes on then")
            else:
                answered_s = loop.time()
                self._health.well("cluster")
            await asyncio.sleep(_EVERY_S)

    async def _look(self) -> None:
        assigned = self._consumer.assignment()
        there = await self._consumer.topics()
        self._tell_missing(there)
        self.ends = await self._consumer.end_offsets(list(assigned)) if assigned else {}

    def _tell_missing(self, there: set[str]) -> None:
        missing = [topic for topic in self._options.topics if topic not in there]
        if not missing:
            self._health.well("topics")
            return
        names = ", ".join(missing[:_SHOWN]) + (f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else "")
        is_are = "topic {} is" if len(missing) == 1 else "topics {} are"
        again = f"looked for every {self._options.discover_every:g} s"
        self._health.trouble("topics", f"{is_are.format(names)} not there, or may not be read; {again}")


def servers(options: KafkaOptions) -> str:
    """Name the cluster in a message."""
    return ", ".join(options.bootstrap_servers)
