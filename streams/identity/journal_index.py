"""All buckets, and by what each can be found: identifier, device, activation, and the numbers its events went to.

An index, without decisions: `reached` answers which buckets may have another owner when something changes. Used by the registry.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeVar

from schemas.event import Identifier, Order
from streams.identity.buckets import Bucket
from streams.identity.contacts import Contacts
from streams.identity.devices import Devices
from streams.identity.naming import Device

K = TypeVar("K")
Wearing = tuple[Device, str]
"""A device and an activation: what a fitting or removal is about."""


class JournalIndex:
    """The buckets by key and by what they name."""

    def __init__(self, devices: Devices, contacts: Contacts) -> None:
        self._devices = devices
        self._contacts = contacts
        self.by_key: dict[str, Bucket] = {}
        self._of_identifier: dict[Identifier, tuple[Bucket, ...]] = {}
        self._of_device: dict[Device, tuple[Bucket, ...]] = {}
        self._of_activation: dict[tuple[str, str], tuple[Bucket, ...]] = {}
        self._of_contact: dict[str, tuple[Bucket, ...]] = {}

    def add(self, bucket: Bucket) -> None:
        """A new bucket."""
        self.by_key[bucket.key] = bucket
        _add(self._of_identifier, bucket.identifiers, bucket)
        if bucket.device is not None:
            _add(self._of_device, (bucket.device,), bucket)
            if bucket.activation_id is not None:
                _add(self._of_activation, ((bucket.device.service, bucket.activation_id),), bucket)
        _add(self._of_contact, bucket.contacted, bucket)

    def drop(self, key: str) -> None:
        """A bucket is no more."""
        bucket = self.by_key.pop(key)
        for one in bucket.identifiers:
            _drop(self._of_identifier, one, bucket)
        if bucket.device is not None:
            _drop(self._of_device, bucket.device, bucket)
            if bucket.activation_id is not None:
                _drop(self._of_activation, (bucket.device.service, bucket.activation_id), bucket)
        for reached_by in bucket.contacted:
            _drop(self._of_contact, reached_by, bucket)

    def contacted(self, bucket: Bucket, reached_by: str, order: Order) -> bool:
        """An event of the bucket went to this number; False when an earlier one is known."""
        known = bucket.contacted.get(reached_by)
        if known is not None and known <= order:
            return False
        bucket.contact(reached_by, order)
        if known is None:
            _add(self._of_contact, (reached_by,), bucket)
        return True

    def perhaps_of(self, identifiers: Iterable[Identifier]) -> dict[str, Bucket]:
        """The buckets with events that may be of the person of these identifiers."""
        found: dict[str, Bucket] = {}
        for identifier in identifiers:
            found.update(_keyed(self._of_identifier.get(identifier, ())))
            for fitting in self._devices.fitted_on(identifier):
                found |= self._worn((fitting.device, fitting.activation_id))
        return found

    def reached(self, identifiers: Collection[Identifier], worn: Iterable[Wearing] = ()) -> dict[str, Bucket]:
        """The buckets whose owner may hang on these identifiers, and on what is worn."""
        found = self.perhaps_of(identifiers)
        for wearing in worn:
            found |= self._worn(wearing)
            for fitting in self._devices.fitted(*wearing):
                found |= self._worn((fitting.device, fitting.activation_id))
        for reached_by in self._contacts.near(identifiers):
            found.update(_keyed(self._of_contact.get(reached_by, ())))
        return found

    def _worn(self, wearing: Wearing) -> dict[str, Bucket]:
        device, activation_id = wearing
        found = _keyed(self._of_device.get(device, ()))
        return found | _keyed(self._of_activation.get((device.service, activation_id), ()))


def _keyed(buckets: tuple[Bucket, ...]) -> dict[str, Bucket]:
    return {bucket.key: bucket for bucket in buckets}


def _add(index: dict[K, tuple[Bucket, ...]], names: Iterable[K], bucket: Bucket) -> None:
    """Tuples, and one for all names that stand alike: nearly all hold a bucket or two, and a dict would cost as much as the bucket."""
    shared: dict[tuple[str, ...], tuple[Bucket, ...]] = {}
    for name in names:
        known = index.get(name, ())
        index[name] = shared.setdefault(tuple(one.key for one in known), (*known, bucket))


def _drop(index: dict[K, tuple[Bucket, ...]], name: K, bucket: Bucket) -> None:
    left = tuple(one for one in index[name] if one is not bucket)
    if left:
        index[name] = left
    else:
        del index[name]
