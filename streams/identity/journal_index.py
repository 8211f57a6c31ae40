"""All buckets, and by what each can be found: identifier, device, activation, and the numbers its events went to.

An index, without decisions: `reached` answers which buckets may have another owner when something changes. Used by the registry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from schemas.event import Identifier, Order
from streams.identity.buckets import Bucket
from streams.identity.contacts import Contacts
from streams.identity.devices import Devices
from streams.identity.naming import Device

Wearing = tuple[Device, str]
"""A device and an activation: what a fitting or removal is about."""


class JournalIndex:
    """The buckets by key and by what they name."""

    def __init__(self, devices: Devices, contacts: Contacts) -> None:
        self._devices = devices
        self._contacts = contacts
        self.by_key: dict[str, Bucket] = {}
        self._of_identifier: dict[Identifier, dict[str, Bucket]] = defaultdict(dict)
        self._of_device: dict[Device, dict[str, Bucket]] = defaultdict(dict)
        self._of_activation: dict[tuple[str, str], dict[str, Bucket]] = defaultdict(dict)
        self._of_contact: dict[str, dict[str, Bucket]] = defaultdict(dict)

    def add(self, bucket: Bucket) -> None:
        """A new bucket."""
        self.by_key[bucket.key] = bucket
        for index in self._holding(bucket):
            index[bucket.key] = bucket

    def drop(self, key: str) -> None:
        """A bucket is no more."""
        bucket = self.by_key.pop(key)
        for index in self._holding(bucket):
            del index[key]

    def contacted(self, bucket: Bucket, reached_by: str, order: Order) -> bool:
        """An event of the bucket went to this number; False when an earlier one is known."""
        known = bucket.contacted.get(reached_by)
        if known is not None and known <= order:
            return False
        bucket.contacted[reached_by] = order
        self._of_contact[reached_by][bucket.key] = bucket
        return True

    def perhaps_of(self, identifiers: Iterable[Identifier]) -> dict[str, Bucket]:
        """The buckets with events that may be of the person of these identifiers."""
        found: dict[str, Bucket] = {}
        for identifier in identifiers:
            found |= self._of_identifier.get(identifier, {})
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
            found |= self._of_contact.get(reached_by, {})
        return found

    def _worn(self, wearing: Wearing) -> dict[str, Bucket]:
        device, activation_id = wearing
        return self._of_device.get(device, {}) | self._of_activation.get((device.service, activation_id), {})

    def _holding(self, bucket: Bucket) -> Iterator[dict[str, Bucket]]:
        for identifier in bucket.identifiers:
            yield self._of_identifier[identifier]
        if bucket.device is not None:
            yield self._of_device[bucket.device]
            if bucket.activation_id is not None:
                yield self._of_activation[bucket.device.service, bucket.activation_id]
        for reached_by in bucket.contacted:
            yield self._of_contact[reached_by]
