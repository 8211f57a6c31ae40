"""Reading a channel's settings from the environment, with one clear error for what cannot be. Each channel says which it wants."""

from __future__ import annotations

from collections.abc import Mapping

from alerting.delivery.message import WrongSettings


def needed(environment: Mapping[str, str], name: str, because: str) -> str:
    """A variable that must be set. `because`: which other one makes it necessary."""
    value = environment.get(name, "").strip()
    if not value:
        raise WrongSettings(f"{name} is not set, and {because} is: expected both")
    return value


def number(environment: Mapping[str, str], name: str, default: int) -> int:
    """A whole number above nothing."""
    said = environment.get(name, "").strip()
    if not said:
        return default
    if not said.isdecimal() or int(said) < 1:
        raise WrongSettings(f"{name} is {said!r}, expected a whole number from 1")
    return int(said)
