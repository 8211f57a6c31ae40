"""Whose the events of a bucket are, over time, and what has to be asked before we know.

1. The envelope says whose. Names it two people of whom one is managed: nobody's until answered.
2. Without an envelope the device decides, by its activation, else by who wore it at that instant. Unfitted: nobody's, and no question.
3. An envelope that names one person while the device is on another managed one: nobody's until answered.
4. Somebody unknown who contacts a number, contact or address of a managed person's people looks managed: asked.

An exercise is never asked about. Pure: reads the tables, changes none. Called by the registry.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from schemas.event import Identifier
from streams.identity.answers import Answers
from streams.identity.buckets import Bucket
from streams.identity.contacts import Contacts
from streams.identity.desk_values import Ask, Stretch
from streams.identity.devices import Devices, Hold
from streams.identity.links import Links
from streams.identity.naming import ALWAYS_FROM, ALWAYS_TO, label, strength
from streams.identity.replay import Cluster


class Desk:
    """The tables it reads."""

    def __init__(self, links: Links, devices: Devices, contacts: Contacts, answers: Answers) -> None:
        self._links = links
        self._devices = devices
        self._contacts = contacts
        self._answers = answers

    def stretches(self, bucket: Bucket) -> tuple[Stretch, ...]:
        """Whose this bucket is, over all time."""
        holds = self._holds(bucket)
        if not bucket.identifiers:
            return _gapless(self._worn(hold, bucket) for hold in holds)
        owner, asks = self._named(bucket.identifiers, actual=bucket.actual)
        if owner is not None and bucket.actual:
            if not owner.managed:
                asks += tuple(self._near_managed(owner, bucket))
            if not asks:
                return _gapless((self._against(owner, hold, bucket) for hold in holds), owner)
        return (Stretch(ALWAYS_FROM, ALWAYS_TO, owner, asks),)

    def _named(self, identifiers: tuple[Identifier, ...], *, actual: bool) -> tuple[Cluster | None, tuple[Ask, ...]]:
        """Whom an envelope names. Identifiers come strongest first."""
        clusters = self._links.clusters(identifiers)
        managed = [cluster for cluster in clusters if cluster.managed]
        if len(clusters) <= 1:
            return (clusters[0] if clusters else None), ()
        if not managed:
            return None, ()
        if not actual:
            return (managed[0] if len(managed) == 1 else None), ()
        owner, asks = clusters[0], []
        for other in clusters[1:]:
            decision = self._answers.between(owner, other)
            if decision is None:
                asks.append(Ask(other, owner, "two_people", _label(other, identifiers), _label(owner, identifiers)))
            elif decision.verdict == "not_managed":
                return None, ()
            elif decision.owner in other.identifiers:
                owner = other
        return (None, tuple(asks)) if asks else (owner, ())

    def _holds(self, bucket: Bucket) -> tuple[Hold, ...]:
        """Who wore the bucket's device when. A known activation is one person's, whatever the clock on the device says."""
        if bucket.device is None:
            return ()
        if bucket.activation_id is not None:
            fittings = self._devices.activation(bucket.device.service, bucket.activation_id)
            wearers = {self._named(_by_strength(fitting.identifiers), actual=True) for fitting in fittings}
            if len(wearers) == 1:
                return (Hold(ALWAYS_FROM, ALWAYS_TO, fittings[0]),)
        return self._devices.holds(bucket.device)

    def _worn(self, hold: Hold, bucket: Bucket) -> Stretch:
        owner, asks = self._named(_by_strength(hold.fitting.identifiers), actual=bucket.actual)
        return Stretch(hold.from_at, hold.to_at, owner, asks)

    def _against(self, owner: Cluster, hold: Hold, bucket: Bucket) -> Stretch:
        """The envelope names `owner`; the device is on somebody."""
        wearer, _ = self._named(_by_strength(hold.fitting.identifiers), actual=True)
        asks: tuple[Ask, ...] = ()
        if wearer is not None and wearer.managed and wearer != owner and hold.fitting.actual:
            decision = self._answers.between(owner, wearer)
            if decision is None:
                fitted_as = _label(wearer, hold.fitting.identifiers)
                asks = (Ask(owner, wearer, "device", _label(owner, bucket.identifiers), fitted_as, (hold.fitting.ref,)),)
            elif decision.verdict == "different" and decision.owner in wearer.identifiers:
                owner = wearer
        return Stretch(hold.from_at, hold.to_at, owner, asks)

    def _near_managed(self, unknown: Cluster, bucket: Bucket) -> Iterator[Ask]:
        for reached_by in bucket.contacted:
            for managed, ref in self._contacts.reached(reached_by, self._links):
                if self._answers.between(unknown, managed) is None:
                    identifier = _label(unknown, bucket.identifiers)
                    yield Ask(unknown, managed, "contact", identifier, label(managed.identifiers), (ref,), reached_by)


def _label(cluster: Cluster, named: tuple[Identifier, ...]) -> Identifier:
    return label(identifier for identifier in named if identifier in cluster.identifiers)


def _by_strength(identifiers: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    return tuple(sorted(identifiers, key=strength))


def _gapless(known: Iterator[Stretch], otherwise: Cluster | None = None) -> tuple[Stretch, ...]:
    """Stretches over all time: what is known, and `otherwise` between; neighbours that say the same become one."""
    filled = [Stretch(ALWAYS_FROM, ALWAYS_FROM, otherwise)]
    for stretch in known:
        filled += [Stretch(filled[-1].to_at, stretch.from_at, otherwise), stretch]
    filled.append(Stretch(filled[-1].to_at, ALWAYS_TO, otherwise))
    joined = [stretch for stretch in filled if stretch.from_at < stretch.to_at][:1]
    for before, stretch in pairwise(stretch for stretch in filled if stretch.from_at < stretch.to_at):
        if (before.owner, before.asks) == (stretch.owner, stretch.asks):
            joined[-1] = joined[-1]._replace(to_at=stretch.to_at)
        else:
            joined.append(stretch)
    return tuple(joined)
