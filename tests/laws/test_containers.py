"""The container files are right as far as can be seen without a container engine: read, never run."""

from __future__ import annotations

import json
import re
import shlex
from typing import NamedTuple, TypedDict

import pytest
import yaml

from tests.laws.tree import ROOT, source


class HealthCheck(TypedDict, total=False):
    """How the engine learns that a service works."""

    test: list[str]
    interval: str
    timeout: str
    retries: int


class Service(TypedDict, total=False):
    """The part of a compose service that the laws read."""

    image: str
    build: dict[str, str]
    ports: list[str]
    volumes: list[str]
    environment: dict[str, str | int]
    healthcheck: HealthCheck
    profiles: list[str]


COMPOSE = yaml.safe_load(source("docker-compose.yml").text)
SERVICES: dict[str, Service] = COMPOSE["services"]
KAFKA = sorted(name for name in SERVICES if name.startswith("kafka-"))
PINNED = re.compile(r"[a-z0-9./_-]+:\d+\.\d+(?:\.\d+)?(?:-[a-z0-9.]+)*")  # a version, never a name that moves


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_pinned_image(name: str) -> None:
    assert PINNED.fullmatch(SERVICES[name]["image"]), f"{name}: expected name:version, found {SERVICES[name]['image']}"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_says_whether_it_works(name: str) -> None:
    check = SERVICES[name].get("healthcheck", {})

    assert {"test", "interval", "timeout", "retries"} <= set(check), f"{name}: give it a healthcheck with all four"
    assert check["test"][0] in {"CMD", "CMD-SHELL"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_answers_on_this_machine_only(name: str) -> None:
    open_ports = [port for port in SERVICES[name].get("ports", []) if not re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)]

    assert [] == open_ports, f"{name}: begin each port with 127.0.0.1:"


def test_no_two_services_want_the_same_port_or_the_same_volume() -> None:
    ports = [port.rsplit(":", 1)[0] for service in SERVICES.values() for port in service.get("ports", [])]
    volumes = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]

    assert sorted(set(ports)) == sorted(ports)
    assert sorted(COMPOSE["volumes"]) == sorted(volumes), "each volume is declared once and used once"


def test_vigil_alone_starts_unless_the_cluster_is_asked_for() -> None:
    assert ["vigil"] == [name for name, service in SERVICES.items() if "profiles" not in service]


@pytest.mark.parametrize("name", KAFKA)
def test_a_broker_is_told_everything_and_keeps_two_of_three_copies(name: str) -> None:
    node = int(name.rsplit("-", 1)[1])
    told = {key: str(value) for key, value in SERVICES[name]["environment"].items()}
    host_port = SERVICES[name]["ports"][0].split(":")[1]

    assert str(node) == told["KAFKA_NODE_ID"]
    assert f"INSIDE://{name}:19092,OUTSIDE://127.0.0.1:{host_port}" == told["KAFKA_ADVERTISED_LISTENERS"]
    assert ",".join(f"{voter.rsplit('-', 1)[1]}@{voter}:9093" for voter in KAFKA) == told["KAFKA_CONTROLLER_QUORUM_VOTERS"]
    assert ("3", "2") == (told["KAFKA_DEFAULT_REPLICATION_FACTOR"], told["KAFKA_MIN_INSYNC_REPLICAS"])
    assert told["KAFKA_LOG_DIRS"] == SERVICES[name]["volumes"][0].split(":")[1], "what a broker writes must outlive it"
    listeners = re.findall(r"(\w+)://", told["KAFKA_LISTENERS"])
    assert listeners == re.findall(r"(\w+):PLAINTEXT", told["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"])


def test_there_are_three_brokers() -> None:
    assert ["kafka-1", "kafka-2", "kafka-3"] == KAFKA


class Step(NamedTuple):
    """One instruction of a Dockerfile, its continued lines joined."""

    word: str
    rest: str


def steps(text: str) -> list[Step]:
    """The instructions in order, without comments."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = lines.replace("\\\n", " ")
    return [Step(*line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


DOCKERFILE = steps(source("ops/Dockerfile").text)
FINAL = DOCKERFILE[max(place for place, step in enumerate(DOCKERFILE) if step.word == "FROM") :]
IGNORE = [line for line in source("ops/Dockerfile.dockerignore").text.splitlines() if line and not line.startswith("#")]


def copied() -> list[str]:
    """What the image takes from the project, by path."""
    return [path for step in DOCKERFILE if step.word == "COPY" and "--from=" not in step.rest for path in shlex.split(step.rest)[:-1]]


def test_compose_builds_this_dockerfile() -> None:
    assert {"context": ".", "dockerfile": "ops/Dockerfile"} == SERVICES["vigil"]["build"]


def test_every_stage_begins_with_a_pinned_image() -> None:
    images = [step.rest.split()[0] for step in DOCKERFILE if step.word == "FROM"]

    assert images
    assert [] == [image for image in images if not re.search(r":\d+\.\d+\.\d+-", image)], "pin to the patch version"


def test_nobody_is_root_inside() -> None:
    users = [step.rest for step in FINAL if step.word == "USER"]

    assert users, "the last stage names no USER"
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", users[-1]), "by number, so that a cluster can check that it is not root"


def test_the_image_takes_what_it_needs_and_nothing_else() -> None:
    needed = ["LICENSE", "README.md", "alerting", "ops", "pyproject.toml", "requirements.lock", "schemas", "streams"]

    assert needed == sorted(copied())
    assert [] == [path for path in copied() if not (ROOT / path).exists()]
    assert [] == [step for step in DOCKERFILE if step.word == "ADD"], "COPY says what it does"


def test_the_builder_is_sent_only_what_is_copied() -> None:
    assert "*" == IGNORE[0], "everything is left out, then what is needed is let in"
    assert sorted(copied()) == sorted(line.removeprefix("!") for line in IGNORE if line.startswith("!"))


def test_nothing_unpinned_is_installed() -> None:
    installs = [step.rest for step in DOCKERFILE if "pip install" in step.rest]

    assert installs
    assert [] == [install for install in installs if "--require-hashes" not in install and "--no-deps --no-build-isolation" not in install]


def test_the_container_runs_vigil_itself_so_that_a_stop_reaches_it() -> None:
    words = {step.word: step.rest for step in FINAL}

    assert ["vigil"] == json.loads(words["ENTRYPOINT"])
    assert ["run", "--data", "/data", "--listen", "0.0.0.0:8080"] == json.loads(words["CMD"])
    assert "/data" == words["VOLUME"]
    assert "/health/ready" in words["HEALTHCHECK"]
