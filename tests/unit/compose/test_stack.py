"""The container stack agrees with itself and with the code; nothing here needs a container engine."""

import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from tracer.cli.serve import serve
from tracer.config.decode import decode
from tracer.config.sources import read
from tracer.model.address import is_loopback, parse_address

COMPOSE = Path(__file__).parents[3] / "compose"
ROOT = COMPOSE.parent


def load(name: str) -> Any:
    """Read one YAML file of the stack."""
    return yaml.safe_load((COMPOSE / name).read_text("utf-8"))


def services() -> dict[str, Any]:
    """Name what the stack runs."""
    return load("compose.yaml")["services"]


def serve_options() -> dict[str, Any]:
    """Parse the sidecar's command as the command line does."""
    command, *arguments = services()["sagascope"]["command"]

    assert command == "serve"
    return serve.make_context("serve", arguments).params


def containerfile() -> str:
    """Read the image's recipe, continued lines joined."""
    return (COMPOSE / "Containerfile").read_text("utf-8").replace("\\\n", "")


def test_the_collector_exports_to_where_the_sidecar_listens() -> None:
    """The exporter's endpoint is the sidecar's OTLP/gRPC address."""
    endpoint = load("collector.yaml")["exporters"]["otlp/sagascope"]["endpoint"]

    assert serve_options()["otlp_grpc"] == endpoint


def test_every_pipeline_is_made_of_parts_that_exist() -> None:
    """Receivers, processors and exporters that a pipeline names are configured, and it carries no metrics."""
    collector = load("collector.yaml")
    pipelines = collector["service"]["pipelines"]
    missing = [
        (signal, part, name)
        for signal, pipeline in pipelines.items()
        for part, names in pipeline.items()
        for name in names
        if name not in collector[part]
    ]

    assert [] == missing
    assert {"traces", "logs"} == set(pipelines)


def test_the_sidecar_listens_on_loopback_alone() -> None:
    """Without token and TLS it must not be reached from beyond the shared namespace."""
    options = serve_options()
    hosts = [parse_address(options[name]).host for name in ("otlp_grpc", "otlp_http", "api")]

    assert [True, True, True] == [is_loopback(host) for host in hosts]


def test_no_port_is_used_twice() -> None:
    """The parts share one network namespace, so they share its ports."""
    receivers = load("collector.yaml")["receivers"]["otlp"]["protocols"].values()
    ours = [serve_options()[name] for name in ("otlp_grpc", "otlp_http", "api")]
    ports = [parse_address(address).port for address in (*ours, *(each["endpoint"] for each in receivers))]

    assert sorted(set(ports)) == sorted(ports)


def test_the_published_ports_are_the_collectors() -> None:
    """What the machine shows is what the Collector receives on, and only to the machine itself."""
    receivers = load("collector.yaml")["receivers"]["otlp"]["protocols"].values()
    receiving = {parse_address(each["endpoint"]).port for each in receivers}
    published = [text.split(":") for text in services()["sagascope"]["ports"]]

    assert {"127.0.0.1"} == {host for host, _, _ in published}
    assert receiving == {int(inside) for _, _, inside in published}


def test_the_shop_sends_to_the_collector() -> None:
    """The shop's endpoint is the Collector's gRPC receiver."""
    endpoint = services()["shop"]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"]
    receiver = load("collector.yaml")["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"]

    assert parse_address(receiver).port == int(endpoint.rpartition(":")[2])


def test_the_environment_is_a_valid_configuration(tmp_path: Path) -> None:
    """Every SAGASCOPE_ variable of the stack and of the image is a key that exists, with a value that fits."""
    image = dict(re.findall(r"(SAGASCOPE_\w+)=(\S+)", containerfile()))
    source = read(None, environ={**image, **services()["sagascope"]["environment"]}, cwd=tmp_path)
    settings = decode(source).settings

    assert 30.0 == settings.stalls.default_threshold_s
    assert "/var/lib/sagascope/sagascope.duckdb" == settings.store.path


def test_the_store_outlives_its_container() -> None:
    """The store's folder is a named volume, owned by the user that the image runs as."""
    volume, _, folder = services()["sagascope"]["volumes"][0].partition(":")

    assert volume in load("compose.yaml")["volumes"]
    assert f"VOLUME {folder}" in containerfile()
    assert re.search(rf"install --directory --owner=(\w+) .*{folder}\n", containerfile())[1] in users()


def users() -> list[str]:
    """Name the users that the image runs as."""
    return re.findall(r"^USER (\S+)$", containerfile(), re.MULTILINE)


def test_the_image_does_not_run_as_root() -> None:
    """The last user of the image is its own."""
    assert ["sagascope"] == users()


def test_the_image_copies_what_exists() -> None:
    """Every file that the recipe copies from the repository is there, and every package is copied."""
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", containerfile(), re.MULTILINE)
    names = [name for line in copied for name in line.split()]

    assert [] == [name for name in names if not (ROOT / name).exists()]
    assert {"tracer", "collectors", "tui", "pyproject.toml", "requirements/runtime.txt"} <= set(names)


def test_every_image_is_pinned() -> None:
    """An image names its version, so that tomorrow's stack is today's."""
    images = [each["image"] for each in services().values() if "image" in each]
    bases = re.findall(r"^FROM (\S+)", containerfile(), re.MULTILINE)

    assert [] == [image for image in (*images, *bases) if not re.search(r":\d+\.\d+", image)]


def test_every_mounted_file_exists() -> None:
    """A missing file would be mounted as an empty folder."""
    mounts = [text.split(":")[0] for each in services().values() for text in each.get("volumes", ())]

    assert [] == [name for name in mounts if name.startswith("./") and not (COMPOSE / name).is_file()]


@pytest.mark.parametrize("name", ["sagascope", "shop"])
def test_the_build_finds_its_recipe(name: str) -> None:
    """Both are built from the one Containerfile."""
    build = services()[name]["build"]

    assert (COMPOSE / build["context"] / build["dockerfile"]).is_file()


def test_the_sidecars_command_is_a_command() -> None:
    """The command line knows every option that the stack gives it."""
    assert isinstance(serve, click.Command)
    assert {"otlp_grpc", "otlp_http", "api"} <= set(serve_options())
