"""`sagascope demo`: a real night to look at, with faults, in a scratch folder."""

from __future__ import annotations

from pathlib import Path

import click

from tracer.cli import exits, output


@click.command(short_help="Run a sidecar over services that go wrong.")
@click.option("--headless", is_flag=True, help="No terminal view: progress on stderr, what is stuck on stdout.")
@click.option(
    "--seconds", type=click.FloatRange(min=0), default=30.0, show_default=True, help="How long --headless runs."
)
@click.option(
    "--rate",
    type=click.FloatRange(0.01, 20),
    default=2.0,
    show_default=True,
    help="Transactions that come in a second.",
)
@click.option(
    "--past",
    type=click.IntRange(0, 20_000),
    default=400,
    show_default=True,
    help="Transactions of the last 40 minutes to begin with.",
)
@click.option("--seed", type=int, default=7, show_default=True, help="Which transactions meet which fault.")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="A new or empty folder for the store and the logs, kept afterwards.",
)
@click.option("--keep", is_flag=True, help="Keep the scratch folder.")
@click.option("--api", default="127.0.0.1:0", show_default=True, help="HOST:PORT of the sidecar's API.")
@click.option("--otlp-grpc", default="127.0.0.1:0", show_default=True, help="HOST:PORT of the sidecar's OTLP/gRPC.")
@click.option("--otlp-http", default="127.0.0.1:0", show_default=True, help="HOST:PORT of the sidecar's OTLP/HTTP.")
@click.option("--kafka", default="", metavar="HOST:PORT", help="Let the orders' events go over this Kafka broker.")
@click.option("--learned-only", is_flag=True, help="Define no saga: all is learned from what finished.")
def demo(
    *,
    headless: bool,
    seconds: float,
    rate: float,
    past: int,
    seed: int,
    folder: Path | None,
    keep: bool,
    api: str,
    otlp_grpc: str,
    otlp_http: str,
    kafka: str,
    learned_only: bool,
) -> None:
    """Start a sidecar and services with faults, and open the terminal view on them.

    Orders and money transfers run over real OTLP. Everything ends with the demo.
    """
    from tracer.demo.run import run_demo  # noqa: PLC0415  the other commands need not pay for it
    from tracer.demo.stage import DemoOptions  # noqa: PLC0415  likewise

    options = DemoOptions(
        headless=headless,
        seconds=seconds,
        rate_per_s=rate,
        past=past,
        seed=seed,
        folder=folder,
        keep=keep,
        api=api,
        otlp_grpc=otlp_grpc,
        otlp_http=otlp_http,
        kafka=kafka,
        learned_only=learned_only,
    )
    run_demo(options, say=exits.note, show=lambda line: output.write_lines([line]))
