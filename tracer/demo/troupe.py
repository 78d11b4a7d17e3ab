"""The demo's services alone, over a Kafka and for a sidecar that somebody else runs, such as the container stack.

`python -m tracer.demo.troupe --kafka HOST:PORT --otlp-grpc HOST:PORT --otlp-http HOST:PORT`; it runs until
SIGTERM, or until one of the services dies, which it says in one line and ends with exit code 1.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from tracer.clock import NS_PER_S, SystemClock
from tracer.demo.children import Child, Children
from tracer.demo.kafka.past import BEHIND, commit_group
from tracer.demo.kafka.place import Place
from tracer.demo.kafka.topics import require_broker
from tracer.demo.run import SERVICES_LEAVE_S, TOPICS_LEAVE_S
from tracer.demo.services import BusAddress, Services
from tracer.demo.settings import CustomerSettings, to_argument
from tracer.demo.stage import TOPICS
from tracer.errors import SagascopeError

# A signal that comes as the main thread begins to wait is handled only when that wait ends.
_HEED_S: Final = 0.5


def options() -> ArgumentParser:
    """Describe the options."""
    parser = ArgumentParser(prog="tracer.demo.troupe", description="Run the demo's services.")
    parser.add_argument("--kafka", required=True, help="HOST:PORT of a broker")
    parser.add_argument("--prefix", default="shop", help="what topics and groups begin with")
    parser.add_argument("--otlp-grpc", required=True, help="HOST:PORT to export to")
    parser.add_argument("--otlp-http", required=True, help="HOST:PORT to export to")
    parser.add_argument("--rate", type=float, default=2.0, help="transactions that come in a second")
    parser.add_argument("--seed", type=int, default=7, help="which transactions meet which fault")
    return parser


def main() -> None:
    """Run until somebody ends it."""
    asked = options().parse_args()
    ended: SimpleQueue[str] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.put(""))
    try:
        with tempfile.TemporaryDirectory(prefix="sagascope-troupe-") as folder:
            why = _perform(asked, Path(folder), ended)
    except SagascopeError as failed:
        why = str(failed)
    if why:
        sys.exit(why)


def _perform(asked: Namespace, folder: Path, ended: SimpleQueue[str]) -> str:
    require_broker(asked.kafka)
    children = Children(folder, lambda child, code: ended.put(_died(child, code)))
    try:
        _begin(asked, children)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        return _told(ended)
    finally:
        children.stop(but=(TOPICS,), within_s=SERVICES_LEAVE_S)
        children.stop(within_s=TOPICS_LEAVE_S)


def _told(ended: SimpleQueue[str]) -> str:
    while True:
        try:
            return ended.get(timeout=_HEED_S)
        except Empty:
            continue


def _begin(asked: Namespace, children: Children) -> None:
    children.ready(children.start(TOPICS, "tracer.demo.kafka.topics", asked.kafka, asked.prefix))
    asyncio.run(_behind(Place(bootstrap=asked.kafka, prefix=asked.prefix)))
    otlp = {"otlp_grpc": asked.otlp_grpc, "otlp_http": asked.otlp_http}
    at = Services(children, BusAddress(kafka=asked.kafka, prefix=asked.prefix), otlp, asked.seed).start_all()
    # Numbers go on from the time of day, so that what is ordered after a restart has ids of its own.
    told = SystemClock().now_ns() // NS_PER_S
    settings = CustomerSettings(
        seed=asked.seed, rate_per_s=asked.rate, past_orders=told, past_transfers=told,
        order=at["order"], transfer=at["transfer"],
    )  # fmt: skip
    children.ready(children.start("customers", "tracer.demo.customers", to_argument(settings)))


async def _behind(place: Place) -> None:
    for service in BEHIND:
        await commit_group(place, service)


def _died(child: Child, code: int) -> str:
    return f"{child.name} ended with exit code {code}; last in its log: {child.tail()}"


if __name__ == "__main__":
    main()
