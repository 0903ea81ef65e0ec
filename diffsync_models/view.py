"""What one run knows of Nautobot: the objects that matter to it, by primary key and by the key their system uses."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from nautobot.dcim.models import Device
from nautobot.virtualization.models import VirtualMachine

from ..models import Claim, System
from ..records import GuestRecord, Kind, Record
from ..snapshot import Snapshot
from .references import References


@dataclass(slots=True)
class Current:
    """One object as Nautobot has it: canonical attribute values, and what identifies it to people."""

    pk: uuid.UUID
    natural: Any
    values: dict[str, Any]
    parent: uuid.UUID | None = None


@dataclass(slots=True)
class Link:
    """One assignment of an address: the interface, and the machine that has the interface."""

    interface: uuid.UUID
    machine: uuid.UUID


@dataclass(slots=True, eq=False)
class Claimed:
    """A claim of this System, by the names of the model's fields; thousands of model instances would cost twice."""

    pk: uuid.UUID
    kind: str
    external_id: str
    scopes: list[str]
    object_id: uuid.UUID
    values: dict[str, Any]
    fingerprint: list[str]
    origin: str
    created_object: bool
    missing_since: datetime | None
    missed_runs: int
    retired: bool
    created: datetime


@dataclass
class Wanted:
    """What a record says in Nautobot's words. `gaps` are only good to fill blanks."""

    values: dict[str, Any]
    gaps: dict[str, Any] = field(default_factory=dict)


@dataclass
class View:
    """The state of one run. Kinds are read in their order, so that parents are known before their children.

    `taken` are objects that another System of this kind claims. `moved` are guests that came from another System, with
    the object they had there; `superseded` is the object that this System had made for such a guest before it knew.
    `only` are the nodes and guests that the run is limited to; it is empty for a whole run. A run that is `releasing`
    gives up every claim.
    """

    system: System
    snapshot: Snapshot
    refs: References
    claims: dict[Kind, dict[str, Claimed]]
    only: frozenset[str] = frozenset()
    releasing: bool = False
    records: dict[Kind, dict[str, Record]] = field(default_factory=dict)
    current: dict[Kind, dict[uuid.UUID, Current]] = field(default_factory=dict)
    pk: dict[tuple[Kind, str], uuid.UUID] = field(default_factory=dict)
    key: dict[Kind, dict[uuid.UUID, str]] = field(default_factory=dict)
    links: dict[uuid.UUID, list[Link]] = field(default_factory=dict)
    interfaces: dict[str, tuple[Kind, uuid.UUID]] = field(default_factory=dict)
    interface_keys: dict[uuid.UUID, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    carriers: dict[str, list[str] | None] = field(default_factory=dict)
    reachable: dict[str, frozenset[uuid.UUID]] = field(default_factory=dict)
    created: set[tuple[Kind, str]] = field(default_factory=set)
    adopted: set[tuple[Kind, str]] = field(default_factory=set)
    rekeyed: dict[tuple[Kind, str], Claimed] = field(default_factory=dict)
    spared: set[tuple[Kind, str]] = field(default_factory=set)
    taken: set[uuid.UUID] = field(default_factory=set)
    moved: dict[str, uuid.UUID] = field(default_factory=dict)
    superseded: dict[str, uuid.UUID] = field(default_factory=dict)
    others: dict[uuid.UUID, list[Any]] = field(default_factory=dict)
    _naturals: dict[Kind, dict[Any, uuid.UUID]] = field(default_factory=dict)

    def bind(self, kind: Kind, key: str, pk: uuid.UUID) -> None:
        """Say that this key of the system is that object of Nautobot."""
        self.pk[kind, key] = pk
        self.key.setdefault(kind, {})[pk] = key
        if kind in (Kind.INTERFACE, Kind.GUEST_INTERFACE):
            self.interfaces[key] = (kind, pk)
            self.interface_keys[pk] = key

    def claimed(self, kind: Kind) -> QuerySet[Claim, Any]:
        """Return the primary keys that this System claims, as a sub-query."""
        return Claim.objects.filter(system=self.system, kind=kind.value).order_by().values("object_id")

    def pks(self, kind: Kind) -> set[uuid.UUID]:
        """Return the primary keys of all objects of this kind that have a key."""
        return set(self.key.get(kind, {}))

    def by_natural(self, kind: Kind) -> dict[Any, uuid.UUID]:
        """Return the objects by what identifies them to people; for kinds in which that is unique."""
        if kind not in self._naturals:
            self._naturals[kind] = {row.natural: pk for pk, row in self.current[kind].items()}
        return self._naturals[kind]

    def known(self, kind: Kind, key: str) -> uuid.UUID:
        """Return the object of a key that a record names. Raises ValidationError where it was not accepted."""
        if (kind, key) not in self.pk:
            raise ValidationError(f"{kind.value.replace('_', ' ')} {key} is not known")
        return self.pk[kind, key]

    def place_text(self, pk: uuid.UUID | None, name: str | None) -> str:
        """Return a location as records call it, or by its name where this System does not know it; "" for none."""
        return self.key.get(Kind.LOCATION, {}).get(pk, name or "") if pk else ""

    def place_named(self, name: str) -> uuid.UUID | None:
        """Return the location of that name: the System's own, or the one of this run."""
        if self.system.location is not None and self.system.location.name == name:
            return self.system.location.pk
        found = [pk for (kind, key), pk in self.pk.items() if kind is Kind.LOCATION and key.rpartition("/")[2] == name]
        return found[0] if len(found) == 1 else None

    def is_context(self, record: Record) -> bool:
        """Tell whether a limited run only needs the record to know where the others belong."""
        return bool(self.only) and record.kind is Kind.CLUSTER

    def knows_vlan(self, vid: int) -> bool:
        """Tell whether this number is one VLAN here, not none or several: it is there, or this run creates it."""
        return len(self.refs.vlans.get(vid, ())) + self.refs.coming_vlans[vid] == 1

    def cluster_of(self, guest: uuid.UUID) -> uuid.UUID | None:
        """Return the cluster that the guest is in, as its system says."""
        key = self.key.get(Kind.GUEST, {}).get(guest)
        record = self.records[Kind.GUEST].get(key) if key else None
        return self.pk.get((Kind.CLUSTER, record.cluster)) if isinstance(record, GuestRecord) else None

    def is_new(self, key: str) -> bool:
        """Tell whether an object with this key comes in this run."""
        return any((kind, key) in self.created for kind in Kind)

    def machine_of(self, interface_key: str) -> uuid.UUID | None:
        """Return the guest or node that has the interface."""
        known = self.interfaces.get(interface_key)
        if known is None:
            return None
        kind, pk = known
        row = self.current.get(kind, {}).get(pk)
        if row is not None:
            return row.parent
        record = self.records[kind].get(interface_key)
        owner = Kind.GUEST if kind is Kind.GUEST_INTERFACE else Kind.DEVICE
        return self.pk.get((owner, getattr(record, owner.value))) if record else None

    def machine_names(self, machines: set[uuid.UUID]) -> dict[uuid.UUID, str]:
        """Return what machines are called, also those that this run otherwise has nothing to do with."""
        names = {pk: str(pk) for pk in machines}
        for model in (VirtualMachine, Device) if machines else ():
            rows = model.objects.filter(pk__in=machines).order_by().values_list("pk", "name")
            names.update((pk, str(name)) for pk, name in rows if name)
        return names
