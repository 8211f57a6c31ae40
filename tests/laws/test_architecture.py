"""Who may import whom: runs the import contracts of pyproject.toml and shows that they leave no package out."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.laws.tree import ROOT, source, sources

CONTRACTS = tomllib.loads(source("pyproject.toml").text)["tool"]["importlinter"]["contracts"]
PURE = {"streams.engine", "streams.rules", "streams.catalogue", "streams.identity"}


def test_every_import_contract_is_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stdout + run.stderr


def test_every_package_of_streams_stands_in_a_layer() -> None:
    layered = {
        module.strip(" ()")
        for contract in CONTRACTS
        if contract["type"] == "layers"
        for layer in contract["layers"]
        for module in layer.split("|")
    }
    packages = {".".join(each.path.split("/")[:2]) for each in sources() if each.path.startswith("streams/") and each.path.count("/") > 1}
    outside = sorted(package for package in packages if package not in layered)

    assert [] == outside, f"put each into a layers contract of pyproject.toml: {', '.join(outside)}"


def test_the_contract_of_the_core_names_every_pure_package_and_the_clock() -> None:
    core = next(contract for contract in CONTRACTS if contract["name"].startswith("the core reads no clock"))
    alerting_core = {
        f"alerting.{each.stem}"
        for each in sources()
        if each.path.startswith("alerting/") and each.path.count("/") == 1 and each.suffix == ".py"
    } - {"alerting.__init__", "alerting.auditor", "alerting.publish"}
    named = set(core["source_modules"])
    left_out = sorted(PURE - named) + sorted(module for module in alerting_core if module not in named and "alerting" not in named)

    assert [] == left_out, f"add to source_modules of the core's contract: {', '.join(left_out)}"
    assert {"time", "random", "logging", "socket", "sqlite3", "asyncio"} <= set(core["forbidden_modules"])


def test_every_folder_with_code_is_a_package() -> None:
    tops = ("schemas/", "streams/", "alerting/", "ops/")
    programs = "ops/benchmarks/"  # run by hand, imported by nobody
    paths = {each.path for each in sources()}
    folders = {path.rsplit("/", 1)[0] for path in paths if path.endswith(".py") and path.startswith(tops) and not path.startswith(programs)}
    bare = sorted(folder for folder in folders if f"{folder}/__init__.py" not in paths)

    assert [] == bare, f"without __init__.py no contract sees them; give each one with a docstring: {', '.join(bare)}"
