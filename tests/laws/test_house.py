"""The tree keeps the house laws, and each law bites: it finds the offence that it is about and lets the innocent go."""

from __future__ import annotations

import pytest

from tests.laws.house import FILE_LAWS, LONGEST
from tests.laws.house_code import CODE_LAWS
from tests.laws.tree import Source, sources

LAWS = FILE_LAWS | CODE_LAWS

OFFENDERS = [
    ("length", Source("streams/engine/step.py", "x = 1\n" * (LONGEST + 1))),
    ("length", Source("streams/rules/curfew_absence.toml", "x = 1\n" * (LONGEST + 1))),
    ("names", Source("streams/engine/time_utils.py", "")),
    ("names", Source("alerting/helpers/rota.py", "")),
    ("names", Source("schemas/base.py", "")),
    ("names", Source("schemas/common.py", "")),
    ("depth", Source("streams/intake/adapters/moj/orders.py", "")),
    ("machine paths", Source("README.md", "cd /" + "home/somebody/vigil")),
    ("machine paths", Source("tests/unit/test_x.py", 'open("/' + 'work/x")')),
    ("registries", Source("requirements.lock", "--index" + "-url https://example.org/simple")),
    ("registries", Source("requirements.lock", "--extra-index" + "-url https://example.org/simple")),
    ("registries", Source("CONTRIBUTING.md", "see https://pypi" + ".org/project/vigil")),
    ("registries", Source(".ci/settings.toml", "registry" + ' = "https://example.org/"')),
    ("unfinished", Source("streams/engine/step.py", "# TO" + "DO: late fixes")),
    ("unfinished", Source("tests/unit/test_x.py", "    assert " + "True")),
    ("unreasoned", Source("tests/unit/test_x.py", "@pytest.mark." + "skip")),
    ("unreasoned", Source("tests/unit/test_x.py", "@pytest.mark." + "xfail()")),
    ("unreasoned", Source("tests/unit/test_x.py", "@pytest.mark." + "skipif(True)")),
    ("docstring", Source("streams/engine/step.py", "x = 1")),
    ("docstring", Source("streams/engine/step.py", '"""   """')),
    ("packages", Source("streams/engine/__init__.py", '"""The engine."""\nfrom streams.engine.step import step')),
    ("signatures", Source("streams/engine/step.py", "def f(x: dict[str, Any]) -> None: ...")),
    ("signatures", Source("streams/engine/step.py", "async def f() -> typing.Any: ...")),
    ("signatures", Source("streams/engine/step.py", "def f(*x: 'list[Any]') -> None: ...")),
    ("clocks", Source("streams/engine/step.py", "x = datetime.now(UTC)")),
    ("clocks", Source("streams/catalogue.py", "import time")),
    ("clocks", Source("alerting/routing.py", "from random import choice")),
    ("clocks", Source("alerting/lifecycle/due.py", "x = datetime.now(UTC)")),
    ("units", Source("streams/rules/battery_forecast.py", "class Parameters:\n    threshold: float = 5.0")),
    ("units", Source("streams/rules/battery_forecast.py", "class Parameters:\n    within_hours: int = 2")),
    ("units", Source("streams/rules/battery_forecast.py", "class Parameters:\n    limit: float | None = None")),
]

INNOCENT = [
    ("length", Source("streams/engine/step.py", "x = 1\n" * LONGEST)),
    ("length", Source("requirements.lock", "x\n" * (LONGEST + 1))),
    ("names", Source("streams/intake/adapters/common_platform.py", "")),
    ("depth", Source("streams/intake/adapters/gpx.py", "")),
    ("machine paths", Source("docker-compose.yml", "test: /opt/kafka/bin/x.sh /health/ready alerting/homework/x.py")),
    ("registries", Source("Makefile", "uv pip compile --no-emit-index" + "-url")),
    ("registries", Source("streams/embedded/keeper.py", "registry = load(file)")),
    ("unfinished", Source("streams/engine/step.py", "assert found is True")),
    ("unreasoned", Source("tests/unit/test_x.py", '@pytest.mark.skip(reason="no IPv6 on this machine")')),
    ("docstring", Source("streams/engine/step.py", '"""One step."""')),
    ("packages", Source("streams/engine/__init__.py", '"""The engine."""')),
    ("signatures", Source("streams/engine/step.py", "def f(x: AnyStr, y: 'Anything') -> object: ...")),
    ("clocks", Source("streams/engine/step.py", "from datetime import time\nx = time(19)\ny = self.now")),
    ("clocks", Source("alerting/delivery/smtp.py", "x = datetime.now(UTC)")),
    ("clocks", Source("alerting/ledger/sweep.py", "import time")),
    ("units", Source("streams/rules/battery_forecast.py", "class Parameters:\n    empty_percent: float = 5\n    grace: timedelta = x")),
    ("units", Source("streams/rules/battery_forecast.py", "class Parameters:\n    least_readings: int = 3\nclass Memory:\n    x: int = 0")),
]


@pytest.mark.parametrize("name", LAWS)
def test_the_tree_keeps_the_law(name: str) -> None:
    law = LAWS[name]
    offences = [offence for source in sources() for offence in law.offences(source)]

    assert not offences, f"Law: {law.claim}. {law.remedy}\n" + "\n".join(offences)


@pytest.mark.parametrize(("name", "offender"), OFFENDERS)
def test_a_law_finds_its_offender(name: str, offender: Source) -> None:
    assert list(LAWS[name].offences(offender))


@pytest.mark.parametrize(("name", "innocent"), INNOCENT)
def test_a_law_lets_the_innocent_go(name: str, innocent: Source) -> None:
    assert [] == list(LAWS[name].offences(innocent))


def test_every_law_is_shown_to_bite_and_to_let_go() -> None:
    assert set(LAWS) == {name for name, _ in OFFENDERS} == {name for name, _ in INNOCENT}
