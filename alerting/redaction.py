"""What an answer leaves out for whoever asks: field groups held back by name, and sentences with the names that may be known.

Not who reaches what (`alerting.ledger.reach`, which fills a `Seen`) and not the answers themselves (the console's). A group is
absent and named in `redacted[]`, never blank. Pure; called for every alert and person that leaves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from alerting.rights import NEVER, Reach, Right
from schemas.alert import Alert

Group = Literal["identifiers", "because", "about", "protected_people", "location", "address", "phone", "intelligence"]
"""Fields that are held back together. `protected_people`: their names; their ids are everybody's. `about`: its label."""
Location = Literal["fixes", "words", "grid", "none"]

SOMEBODY = "a protected person"
HE = "a managed person"


class Seen(NamedTuple):
    """What one officer may see of one alert or person. `reaches`: the rights that they have on it, each by the row that gives it.

    `purpose` and `role`: by what they read it at all. `named`: the protected people whom they may know by name.
    """

    purpose: str
    role: str
    reaches: Mapping[Right, Reach]
    named: frozenset[str]

    def reach(self, right: Right) -> Reach:
        """How far the right goes here; NEVER where they do not have it."""
        return self.reaches.get(right, NEVER)

    @property
    def names(self) -> bool:
        """Whether they may know who it is about."""
        return all("no_names" not in self.reach(right).limits for right in ("alert.read", "people.read"))

    @property
    def location(self) -> Location:
        """In which form they may know where he is or was."""
        found = self.reach("location.read")
        if found.never:
            return "none"
        return "words" if "in_words" in found.limits else "grid" if "grid_1_km" in found.limits else "fixes"


class Called(NamedTuple):
    """How people are called: the managed person in sentences (None: the alert is about the system), and protected people by id."""

    label: str | None
    protected: Mapping[str, str | None]


def alert_fields(alert: Alert, seen: Seen, called: Called) -> tuple[dict[str, object], tuple[Group, ...]]:
    """The alert as JSON values without what is held back, and the names of the groups that are."""
    fields = alert.model_dump(mode="json")
    held: list[Group] = []
    if not seen.names and called.label is not None:
        held += ["identifiers", "about"]
        del fields["identifiers"], fields["about"]["label"]
    sentences = [fields, *fields["revisions"]]
    for said in sentences:
        told = sentence(said["because"], seen, called)
        if told is None:
            del said["because"]
        else:
            said["because"] = told
    if any("because" not in said for said in sentences):
        held.append("because")
    if not seen.named.issuperset(alert.protected_person_ids):
        held.append("protected_people")
    if seen.location != "fixes" and alert.person_id is not None:
        held.append("location")
    return fields, tuple(held)


def person_groups_held(seen: Seen, protected_person_ids: Iterable[str]) -> tuple[Group, ...]:
    """The groups of a person's page that are held back."""
    held: tuple[tuple[Group, bool], ...] = (
        ("identifiers", not seen.names),
        ("protected_people", not seen.named.issuperset(protected_person_ids)),
        ("location", seen.location != "fixes"),
        ("address", seen.reach("address.read").never),
        ("phone", seen.reach("phone.reveal").never),
        ("intelligence", seen.reach("intelligence.read").never),
    )
    return tuple(group for group, is_held in held if is_held)


def sentence(because: str, seen: Seen, called: Called) -> str | None:
    """A sentence as it may be told: protected people by name or as somebody, and nobody's name where none may be known.

    None: it must be held back, because what the person is called is not found in it, and it may call them something else.
    """
    said = because
    if not seen.names and called.label is not None:
        if called.label not in said:
            return None
        said = said.replace(called.label, HE)
    for her in sorted(called.protected, key=len, reverse=True):
        instead = (called.protected[her] or her) if her in seen.named else SOMEBODY
        said = instead.join(re.split(rf"(?<![\w-]){re.escape(her)}(?![\w-])", said))
    return said[:1].upper() + said[1:] if said.startswith((HE, SOMEBODY)) else said
