"""The configuration file: what is wrong in it is said in one line, and nothing is judged by half of it."""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from click import ClickException

from ops.cli import configuration

EXAMPLE = Path(__file__).parents[3] / "ops" / "examples" / "vigil.toml"


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("unknown = 1", "unknown"),
        ("torn = [", "Invalid value"),
        ('[feeds."em/allied"]\nheartbeat = true', "feeds.em/allied.heartbeat"),
        ('[feeds."em/allied"]\nheartbeats = "often"', "feeds.em/allied.heartbeats"),
        ('[feeds."em/allied"]\ntypes = ["tagging.teleport"]', "no event type tagging.teleport"),
        ("[parameters.no-such-rule]\nx = 1", "no-such-rule"),
        ("[parameters.untagged-window]\nnope = 1", "nope"),
        ("[parameters.untagged-window]\ngps_silence = 15", "gps_silence"),
        ('[parameters.untagged-window]\ngps_silence = "-PT20M"', "gps_silence"),
        ("[parameters.untagged-window]\nflat_at_percent = nan", "flat_at_percent"),
        ('[areas.kent.parameters.untagged-window]\ngps_silence = "-PT20M"', "gps_silence"),
        ('[areas.kent.parameters.feed-silent]\ntagging_limit = "PT20M"', "about feeds, not areas: expected [parameters.feed-silent]"),
        ('[parameters.feed-silent]\ntagging_limit = "PT0S"', "tagging_limit: expected more than 0"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(tmp_path: Path, said: str, named: str) -> None:
    path = tmp_path / "vigil.toml"
    path.write_text(said)

    with pytest.raises(ClickException) as refused:
        configuration.load(path).rulebook()

    assert named in refused.value.message
    assert "\n" not in refused.value.message


def test_the_example_shows_every_part_and_is_taken() -> None:
    said = configuration.load(EXAMPLE)
    built = said.rulebook(), said.known_feeds()

    assert all(built)
    assert {"custody/hmpps": "hmpps-domain-events"} == said.formats()
    assert said.issuer is not None
    assert set(configuration.Configuration.model_fields) == {
        name.split(".")[0] for name in re.findall(r"^\[([\w.]+)", EXAMPLE.read_text(), re.MULTILINE)
    }
    (area,) = tomllib.loads(EXAMPLE.read_text())["areas"].values()
    assert set(configuration.AreaSettings.model_fields) == set(area)
    assert timedelta(minutes=10) == said.policies().of("avon-and-somerset").of("high").answer_within
    assert set(configuration.IssuerSettings.model_fields) - {"jwks_url"} == set(tomllib.loads(EXAMPLE.read_text())["issuer"])


def test_a_limit_that_a_force_may_set_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "vigil.toml"
    path.write_text('[areas.kent.parameters.untagged-window]\ngps_silence = "PT20M"\n[feeds."em/allied"]\ntypes = ["tagging.position"]\n')

    assert configuration.load(path).rulebook().said() != configuration.Configuration().rulebook().said()
