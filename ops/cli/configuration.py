"""The configuration file: TOML, read once at the start of a command (contract 4).

`[feeds."em/allied"]` (`heartbeats`, `types`, `format`), `[parameters.<slug>]`, `[areas.<area>.parameters.<slug>]`,
`[areas.<area>.policy.<severity>]`, `[issuer]`. From `--config`, else `VIGIL_CONFIG`, else the defaults.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import click
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from alerting.lifecycle.policy import Policies, UnknownPolicy, policies
from schemas.types import TYPES
from streams.catalogue import CATALOGUE
from streams.engine.feeds import Feeds
from streams.engine.rulebook import Rulebook, UnknownParameter
from streams.intake.messages import POSTED
from streams.rules import feed_silent

if TYPE_CHECKING:
    from streams.embedded.tokens import Issuer


class FeedSettings(BaseModel):
    """What is known of a feed beforehand.

    `heartbeats`: true, it is expected to send them, also before the first; false, it never is, and its silence falls to the
    clock. `format`: what `POST /messages` takes its messages for, where the sender does not say.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    heartbeats: bool | None = None
    types: tuple[str, ...] = ()
    format: str | None = None

    @field_validator("types")
    @classmethod
    def _are_known(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        """A type that nobody sends would leave the feed's silence unread, without a word."""
        if unknown := [name for name in types if name not in TYPES]:
            raise ValueError(f"no event type {', '.join(unknown)}; expected types of the contract, as tagging.position")
        return types

    @field_validator("format")
    @classmethod
    def _can_be_posted(cls, name: str | None) -> str | None:
        if name is not None and name not in POSTED:
            raise ValueError(f"{name!r} is no format that can be posted; expected one of {', '.join(POSTED)}")
        return name


class AreaSettings(BaseModel):
    """What a force sets for itself. `policy`: alerting's clocks, by severity; `alerting.lifecycle.policy` reads them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    parameters: dict[str, dict[str, object]] = {}
    policy: dict[str, dict[str, object]] = {}


class IssuerSettings(BaseModel):
    """Whose tokens feed clients may send with, beside keys. `certificate_header`: set by the proxy in front, never by a client."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    jwks_file: Path | None = None
    jwks_url: str | None = None
    sources_claim: str = Field("vigil_sources", min_length=1)
    types_claim: str = Field("vigil_types", min_length=1)
    certificate_header: str | None = Field(None, pattern=r"^[A-Za-z0-9-]+$")

    @model_validator(mode="after")
    def _has_keys(self) -> Self:
        """One place for the keys, and none that somebody on the way could change."""
        if (self.jwks_file is None) == (self.jwks_url is None):
            raise ValueError("expected either jwks_file or jwks_url")
        if self.jwks_url is not None:
            url = urlsplit(self.jwks_url)
            if not url.hostname or (url.scheme != "https" and not (url.scheme == "http" and url.hostname in {"127.0.0.1", "localhost"})):
                raise ValueError(f"jwks_url {self.jwks_url!r}: expected an https address")
        return self

    def built(self) -> Issuer:
        """What the intake asks; `ValueError` where a file of keys holds none."""
        from streams.embedded.published_keys import PublishedKeys, at_address, in_file, key_set
        from streams.embedded.tokens import Issuer

        if self.jwks_file is not None:
            key_set(self.jwks_file.read_bytes())
            read = in_file(self.jwks_file)
        else:
            read = at_address(self.jwks_url or "")
        return Issuer(self.issuer, self.audience, PublishedKeys(read), self.sources_claim, self.types_claim, self.certificate_header)


class Configuration(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    feeds: dict[str, FeedSettings] = {}
    parameters: dict[str, dict[str, object]] = {}
    areas: dict[str, AreaSettings] = {}
    issuer: IssuerSettings | None = None

    def token_issuer(self) -> Issuer | None:
        """Whose tokens are taken; None where keys alone are."""
        try:
            return None if self.issuer is None else self.issuer.built()
        except (OSError, ValueError) as wrong:
            raise click.ClickException(f"configuration: issuer.jwks_file: {wrong}") from wrong

    def rulebook(self, only: tuple[str, ...] = ()) -> Rulebook:
        """The catalogue with these parameters; `only` these rules and those that they read."""
        by_slug = {rule.slug: rule for rule in CATALOGUE}
        unknown = sorted(set(only) - set(by_slug))
        if unknown:
            raise click.ClickException(f"no rule {', '.join(unknown)}; the rules are {', '.join(by_slug)}")
        wanted = set(only) or set(by_slug)
        for rule in reversed(CATALOGUE):
            if rule.slug in wanted:
                wanted.update(rule.reads_findings)
        chosen = [rule for rule in CATALOGUE if rule.slug in wanted]
        slugs = {rule.slug for rule in chosen}
        try:
            Rulebook(CATALOGUE, everywhere=self.parameters, by_area={name: area.parameters for name, area in self.areas.items()})
            return Rulebook(
                chosen,
                everywhere={slug: values for slug, values in self.parameters.items() if slug in slugs},
                by_area={
                    name: {slug: values for slug, values in area.parameters.items() if slug in slugs} for name, area in self.areas.items()
                },
            )
        except UnknownParameter as wrong:
            raise click.ClickException(str(wrong)) from wrong

    def formats(self) -> dict[str, str]:
        """The format of each feed's own messages, where it is configured."""
        return {source: feed.format for source, feed in self.feeds.items() if feed.format is not None}

    def policies(self) -> Policies:
        """How long people have to answer, by area."""
        try:
            return policies({name: area.policy for name, area in self.areas.items()})
        except UnknownPolicy as wrong:
            raise click.ClickException(str(wrong)) from wrong

    def known_feeds(self) -> Feeds:
        """The feeds with what is configured of them. Their limits are those of `feed-silent`, whichever rules are played."""
        return Feeds(
            self.rulebook().feed_limits or feed_silent.Parameters(),
            {source: feed.types for source, feed in self.feeds.items() if feed.types},
            heartbeats={source: feed.heartbeats for source, feed in self.feeds.items() if feed.heartbeats is not None},
        )


def load(path: Path | None) -> Configuration:
    """The configuration, or one clear line about what is wrong in it."""
    named = path or (Path(os.environ["VIGIL_CONFIG"]) if os.environ.get("VIGIL_CONFIG") else None)
    if named is None:
        return Configuration()
    try:
        return Configuration.model_validate(tomllib.loads(named.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise click.ClickException(f"configuration {named}: {wrong}") from wrong
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise click.ClickException(f"configuration {named}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from wrong
