"""The container stack agrees with itself and with the code; nothing here needs a container engine."""

import re
import tomllib
from argparse import Namespace
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tracer.config.decode import decode
from tracer.config.settings import Settings
from tracer.config.sources import read
from tracer.demo.kafka.place import Place
from tracer.demo.kafka.sidecar import sidecar_tables
from tracer.demo.troupe import options
from tracer.model.address import is_loopback, parse_address

COMPOSE = Path(__file__).parents[3] / "compose"
ROOT = COMPOSE.parent
PROMETHEUS: Final = "127.0.0.1:9090"  # its default, which the stack does not change
GRAFANA: Final = "127.0.0.1:3000"  # likewise
SERVICE_KEYS: Final = {
    "build", "command", "depends_on", "entrypoint", "environment", "healthcheck", "image", "init", "network_mode",
    "ports", "restart", "volumes",
}  # fmt: skip


def load(name: str) -> Any:
    """Read one YAML file of the stack."""
    return yaml.safe_load((COMPOSE / name).read_text("utf-8"))


def services() -> dict[str, Any]:
    """Name what the stack runs."""
    return load("compose.yaml")["services"]


def configuration(tmp_path: Path) -> Settings:
    """Read the sidecar's configuration as `serve` does, with the image's environment."""
    image = dict(re.findall(r"(SAGASCOPE_\w+)=(\S+)", containerfile()))
    return decode(read(COMPOSE / "sagascope.toml", environ=image, cwd=tmp_path)).settings


def sidecar_addresses() -> dict[str, str]:
    """Name where the sidecar listens."""
    tables = tomllib.loads((COMPOSE / "sagascope.toml").read_text("utf-8"))
    otlp = tables["collectors"]["otlp"]
    return {"grpc": otlp["grpc"], "http": otlp["http"], "api": tables["api"]["listen"]}


def shop() -> Namespace:
    """Parse the shop's command as the shop does."""
    return options().parse_args(services()["shop"]["command"])


def kafka_listeners(key: str) -> dict[str, str]:
    """Give the addresses of Kafka's listeners by their names."""
    text = services()["kafka"]["environment"][key]
    return dict(re.findall(r"(\w+)://([^,]+)", text))


def containerfile() -> str:
    """Read the image's recipe, continued lines joined."""
    return (COMPOSE / "Containerfile").read_text("utf-8").replace("\\\n", "")


def test_the_collector_exports_to_where_the_sidecar_listens() -> None:
    """The exporter's endpoint is the sidecar's OTLP/gRPC address."""
    endpoint = load("collector.yaml")["exporters"]["otlp/sagascope"]["endpoint"]

    assert sidecar_addresses()["grpc"] == endpoint


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


def test_the_collectors_parts_are_configured_by_keys_that_it_has() -> None:
    """The receiver, the processor and the exporter have only keys that the Collector knows of them."""
    collector = load("collector.yaml")
    known = {
        "receivers": {"otlp": {"protocols"}},
        "processors": {"batch": {"send_batch_size", "send_batch_max_size", "timeout"}},
        "exporters": {"otlp/sagascope": {"endpoint", "tls", "retry_on_failure", "sending_queue", "headers"}},
    }
    strange = [
        (part, name, key)
        for part, named in known.items()
        for name, table in collector[part].items()
        for key in table
        if key not in named.get(name, set())
    ]

    assert {"receivers", "processors", "exporters", "service"} == set(collector)
    assert [] == strange


def test_the_sidecar_listens_on_loopback_alone() -> None:
    """Without token and TLS it must not be reached from beyond the shared namespace."""
    hosts = [parse_address(address).host for address in sidecar_addresses().values()]

    assert [True, True, True] == [is_loopback(host) for host in hosts]


def test_no_port_is_used_twice() -> None:
    """The parts share one network namespace, so they share its ports."""
    receivers = load("collector.yaml")["receivers"]["otlp"]["protocols"].values()
    addresses = [
        *sidecar_addresses().values(),
        *(each["endpoint"] for each in receivers),
        *kafka_listeners("KAFKA_LISTENERS").values(),
        PROMETHEUS,
    ]
    ports = [parse_address(address).port for address in addresses]

    assert sorted(set(ports)) == sorted(ports)


def test_everything_lives_in_the_sidecars_namespace() -> None:
    """Addresses on loopback mean the same for all."""
    elsewhere = [name for name, each in services().items() if each.get("network_mode") != "service:sagascope"]

    assert ["sagascope"] == elsewhere


def test_the_published_ports_are_those_of_the_parts() -> None:
    """What the machine shows is what Collector, Kafka, Prometheus and Grafana serve, and only to the machine itself."""
    receivers = load("collector.yaml")["receivers"]["otlp"]["protocols"].values()
    serving = {parse_address(each["endpoint"]).port for each in receivers}
    serving |= {parse_address(kafka_listeners("KAFKA_ADVERTISED_LISTENERS")["PLAINTEXT"]).port}
    serving |= {parse_address(PROMETHEUS).port, parse_address(GRAFANA).port}
    published = [text.split(":") for text in services()["sagascope"]["ports"]]

    assert {"127.0.0.1"} == {host for host, _, _ in published}
    assert serving == {int(inside) for _, _, inside in published}
    assert [] == [text for text in published if text[1] != text[2]]


def test_the_shop_sends_to_the_collector() -> None:
    """The shop's endpoints are the Collector's receivers."""
    receivers = load("collector.yaml")["receivers"]["otlp"]["protocols"]
    ports = [parse_address(receivers[name]["endpoint"]).port for name in ("grpc", "http")]

    assert ports == [parse_address(address).port for address in (shop().otlp_grpc, shop().otlp_http)]


def test_kafka_is_where_everybody_looks_for_it(tmp_path: Path) -> None:
    """The shop and the sidecar go to the address that the broker gives out, and so does its health check."""
    given_out = kafka_listeners("KAFKA_ADVERTISED_LISTENERS")["PLAINTEXT"]
    sidecar = configuration(tmp_path).collectors["orders"]["bootstrap_servers"]

    assert (given_out, [given_out]) == (shop().kafka, list(sidecar))
    assert given_out in services()["kafka"]["healthcheck"]["test"]


def test_kafka_is_one_node_of_its_own() -> None:
    """One node is broker and controller, votes for itself, and has a protocol for each of its listeners."""
    environment = services()["kafka"]["environment"]
    listeners = kafka_listeners("KAFKA_LISTENERS")
    protocols = dict(pair.split(":") for pair in environment["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(","))
    replicas = [value for key, value in environment.items() if key.endswith(("_REPLICATION_FACTOR", "_MIN_ISR"))]

    assert {"broker", "controller"} == set(environment["KAFKA_PROCESS_ROLES"].split(","))
    assert f"{environment['KAFKA_NODE_ID']}@{listeners['CONTROLLER']}" == environment["KAFKA_CONTROLLER_QUORUM_VOTERS"]
    assert set(listeners) == set(protocols)
    assert {"1"} == set(replicas)


def test_the_mapping_is_that_of_the_demo() -> None:
    """The stack reads the shop's topics as the demo's sidecar does."""
    place = Place(bootstrap=shop().kafka, prefix=shop().prefix)
    expected = tomllib.loads(sidecar_tables(place))["collectors"]["orders"]
    table = tomllib.loads((COMPOSE / "sagascope.toml").read_text("utf-8"))["collectors"]["orders"]

    assert expected == table


def test_the_configuration_is_valid(tmp_path: Path) -> None:
    """Every key of the file and every SAGASCOPE_ variable of the image exists, with a value that fits."""
    settings = configuration(tmp_path)

    assert 30.0 == settings.stalls.default_threshold_s
    assert "/var/lib/sagascope/sagascope.duckdb" == settings.store.path


def test_the_sidecar_reads_the_configuration_that_is_mounted() -> None:
    """The file that the command names is the one that is mounted from here."""
    command, option = services()["sagascope"]["command"]
    mounted = {text.split(":")[1]: text.split(":")[0] for text in services()["sagascope"]["volumes"]}

    assert "serve" == command
    assert "./sagascope.toml" == mounted[option.removeprefix("--config=")]


def test_prometheus_scrapes_the_sidecar() -> None:
    """The target is the sidecar's API, and the path one that it has."""
    (job,) = load("prometheus.yml")["scrape_configs"]

    assert [sidecar_addresses()["api"]] == job["static_configs"][0]["targets"]
    assert f"| `GET {job['metrics_path']}` |" in (ROOT / "docs" / "http-api.md").read_text("utf-8")


def test_the_stack_is_written_in_the_words_of_compose() -> None:
    """Top-level keys, services' keys and conditions are among those of the Compose specification that we use."""
    stack = load("compose.yaml")
    strange = [(name, key) for name, each in stack["services"].items() for key in each if key not in SERVICE_KEYS]
    waits = [each["depends_on"] for each in stack["services"].values() if isinstance(each.get("depends_on"), dict)]
    conditions = {wait["condition"] for wait_for in waits for wait in wait_for.values()}

    assert {"name", "services", "volumes"} == set(stack)
    assert [] == strange
    assert conditions <= {"service_started", "service_healthy", "service_completed_successfully"}


def test_what_is_waited_for_exists_and_can_be_healthy() -> None:
    """A service waits for others of the stack; who has to be healthy has a health check."""
    waits = [(name, each.get("depends_on", ())) for name, each in services().items()]
    unknown = [(name, other) for name, others in waits for other in others if other not in services()]
    healthy = {
        other
        for _, others in waits
        if isinstance(others, dict)
        for other, how in others.items()
        if how["condition"] == "service_healthy"
    }

    assert [] == unknown
    assert {"kafka"} == {name for name in healthy if "healthcheck" in services()[name]}
    assert {"kafka", "sagascope"} == healthy
    assert "HEALTHCHECK" in containerfile()


def test_every_named_volume_is_declared() -> None:
    """What is mounted by name is a volume of the stack, and each of those is mounted."""
    mounts = [text.split(":")[0] for each in services().values() for text in each.get("volumes", ())]

    assert set(load("compose.yaml")["volumes"]) == {name for name in mounts if not name.startswith("./")}


def test_the_page_names_every_image_and_port() -> None:
    """docs/compose.md says what runs and where."""
    page = (ROOT / "docs" / "compose.md").read_text("utf-8")
    images = [each["image"] for each in services().values() if "image" in each]
    addresses = [*sidecar_addresses().values(), *kafka_listeners("KAFKA_LISTENERS").values(), PROMETHEUS]
    ports = [str(parse_address(address).port) for address in addresses]

    assert [] == [text for text in (*images, *ports) if not re.search(rf"\b{re.escape(text)}\b", page)]
    assert [] == [name for name in (*services(), *load("compose.yaml")["volumes"]) if f"`{name}`" not in page]


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

    assert [] == [image for image in (*images, *bases) if not re.search(r":v?\d+\.\d+\.\d+", image)]


def test_every_mounted_file_exists() -> None:
    """A missing file would be mounted as an empty folder."""
    mounts = [text.split(":")[0] for each in services().values() for text in each.get("volumes", ())]

    assert [] == [name for name in mounts if name.startswith("./") and not (COMPOSE / name).is_file()]


@pytest.mark.parametrize("name", ["sagascope", "shop"])
def test_the_build_finds_its_recipe(name: str) -> None:
    """Both are built from the one Containerfile."""
    build = services()[name]["build"]

    assert (COMPOSE / build["context"] / build["dockerfile"]).is_file()


@pytest.mark.parametrize(
    ("rule", "pattern"),
    [
        ("no base image without a version", r"^FROM \S+:latest|^FROM [^:\s]+( |$)"),
        ("COPY, not ADD", r"^ADD "),
        ("exec form, so that signals arrive", r"^(ENTRYPOINT|CMD) [^\[]"),
        ("an absolute WORKDIR", r"^WORKDIR [^/]"),
        ("no sudo", r"\bsudo\b"),
        ("no package manager of the system", r"\bapt(-get)? "),
        ("pip leaves no cache", r"pip install (?!--no-cache-dir)"),
        ("no secret in the image", r"(?i)^(ENV|ARG) .*(password|secret|token)"),
    ],
)
def test_the_recipe_breaks_no_rule(rule: str, pattern: str) -> None:
    """The image's recipe keeps the rules that a linter of such files has."""
    broken = [line for line in containerfile().splitlines() if re.search(pattern, line)]

    assert [] == broken, rule


def test_what_is_installed_is_hashed() -> None:
    """Dependencies come from the lock with their hashes; the package itself brings none along."""
    installs = re.findall(r"pip install (.+)", containerfile())

    assert 2 == len(installs)
    assert all("--require-hashes" in each or "--no-deps --no-build-isolation" in each for each in installs)


def test_the_image_can_be_left_by_signal_and_found_by_port() -> None:
    """One entry point, one default command, one health check, and the ports that `serve` has by default."""
    lines = [line.split()[0] for line in containerfile().splitlines() if re.match(r"[A-Z]+ ", line)]
    exposed = re.search(r"^EXPOSE (.+)$", containerfile(), re.MULTILINE)

    assert [1, 1, 1] == [lines.count(word) for word in ("ENTRYPOINT", "CMD", "HEALTHCHECK")]
    assert exposed
    assert ["4317", "4318", "4319"] == exposed[1].split()


def test_grafana_asks_the_stack_s_prometheus() -> None:
    """Its datasource is where Prometheus listens, and its folder of dashboards is where the file is mounted."""
    (datasource,) = load("grafana/provisioning/datasources/prometheus.yml")["datasources"]
    (provider,) = load("grafana/provisioning/dashboards/sagascope.yml")["providers"]
    mounts = dict(text.split(":")[:2] for text in services()["grafana"]["volumes"])

    assert f"http://{PROMETHEUS}" == datasource["url"]
    assert f"{provider['options']['path']}/sagascope.json" == mounts["./grafana/sagascope.json"]


def test_prometheus_loads_the_rules_that_are_mounted() -> None:
    """The file that its configuration names is where the rules are mounted."""
    mounts = dict(text.split(":")[:2] for text in services()["prometheus"]["volumes"])

    assert [mounts["./prometheus-rules.yml"]] == load("prometheus.yml")["rule_files"]
