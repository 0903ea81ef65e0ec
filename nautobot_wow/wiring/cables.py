"""What is plugged in where, as far as it can be seen. Pure: sightings in, links out; nothing is written here.

    what is seen                                                     confidence   a declared cable is
    two ports that name each other as neighbour                      high         confirmed, or contradicted
    one port that names another one                                  -            seen from one end
    a port's own MAC address on one edge port of all MAC tables      medium       contradicted where it says elsewhere

An edge port is one behind which there is no other switch, and nobody but the machine itself and its guests: where
others are heard as well, a switch that nobody knows may be between.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property

from .ports import PHYSICAL, Port, Wiring


class Confidence(str, Enum):
    """How sure a link is."""

    HIGH = "high"
    MEDIUM = "medium"


class Standing(str, Enum):
    """What the network says of a declared cable."""

    CONFIRMED = "confirmed from both ends"
    ONE_END = "seen from one end"
    CONTRADICTED = "contradicted"
    UNSEEN = "not seen"


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a machine saw on one of its ports: a neighbour (with `name` or `far_port`), or a MAC address alone."""

    port: uuid.UUID
    mac: str = ""
    name: str = ""
    far_port: str = ""
    seen_by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Note:
    """A piece of evidence in words."""

    source: str
    says: str
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Link:
    """Two ports that are connected, as far as can be seen; `a` is the smaller one by device and name."""

    a: Port
    b: Port
    confidence: Confidence
    notes: tuple[Note, ...]

    @property
    def ends(self) -> frozenset[uuid.UUID]:
        """The two ports."""
        return frozenset((self.a.pk, self.b.pk))


@dataclass(frozen=True, kw_only=True)
class Contradiction:
    """A link that is seen, and the cable that is declared at `port` and leads to another one, `declared`."""

    link: Link
    port: Port
    declared: Port


@dataclass(frozen=True)
class Seen:
    """Everything that was seen lately: the newest look of each port at its neighbours, of each machine at a card.

    `guests` are the devices that run the guest with a MAC address.
    """

    wiring: Wiring
    neighbours: tuple[Look, ...] = ()
    heard: tuple[Look, ...] = ()
    guests: Mapping[str, uuid.UUID] = field(default_factory=dict)

    # -------------------------------------------------------------------------------------------------- neighbours

    @cached_property
    def _named(self) -> Mapping[tuple[uuid.UUID, uuid.UUID], Look]:
        """Who names whom: the look at a neighbour, by its own port and the one that is meant."""
        found = {}
        for look in self.neighbours:
            far = self.far_port_of(look)
            if far is not None and {far.kind, self.wiring.ports[look.port].kind} == {PHYSICAL}:
                found[look.port, far.pk] = look
        return found

    def far_port_of(self, look: Look) -> Port | None:
        """Return the port that a neighbour says it is: by its names, else by its MAC address; None if not just one."""
        near = self.wiring.ports.get(look.port)
        if near is None:
            return None
        wanted = {part.strip().lower() for part in look.far_port.replace("/", ",").split(",")} | {look.far_port.lower()}
        named = [port for port in self._by_device.get(_short(look.name), ()) if port.name.lower() in wanted - {""}]
        plain = [port for port in named if port.kind == PHYSICAL] or named
        found = plain or [port for port in self._by_mac.get(look.mac.upper(), ()) if port.device != near.device]
        return found[0] if len(found) == 1 and found[0].pk != near.pk else None

    @cached_property
    def _by_device(self) -> Mapping[str, list[Port]]:
        found: dict[str, list[Port]] = defaultdict(list)
        for port in self.wiring.ports.values():
            found[_short(port.device_name)].append(port)
        return found

    @cached_property
    def _by_mac(self) -> Mapping[str, list[Port]]:
        """The sockets with a MAC address; one of several with the same address is nobody's in particular."""
        found: dict[str, list[Port]] = defaultdict(list)
        for port in self.wiring.ports.values():
            if port.mac and port.kind == PHYSICAL:
                found[port.mac].append(port)
        return found

    @cached_property
    def mutual(self) -> tuple[Link, ...]:
        """The links that are seen from both ends."""
        pairs = {frozenset(pair) for pair in self._named if pair[::-1] in self._named}
        return tuple(sorted((self._mutual(pair) for pair in pairs), key=_order))

    def _mutual(self, pair: frozenset[uuid.UUID]) -> Link:
        a, b = sorted((self.wiring.ports[pk] for pk in pair), key=_place)
        notes = (self.told(self._named[a.pk, b.pk]), self.told(self._named[b.pk, a.pk]))
        return Link(a=a, b=b, confidence=Confidence.HIGH, notes=notes)

    def told(self, look: Look) -> Note:
        """Return what was seen in words."""
        port = self.wiring.ports[look.port]
        who = " ".join(part for part in (look.name, look.far_port) if part)
        says = f"{port}: neighbour {who or look.mac}" if who else f"{port}: hears {look.mac}"
        return Note(source=look.seen_by or port.device_name, says=says, at=look.at)

    # -------------------------------------------------------------------------------------------------- MAC tables

    @cached_property
    def _heard_on(self) -> Mapping[uuid.UUID, Mapping[str, Look]]:
        found: dict[uuid.UUID, dict[str, Look]] = defaultdict(dict)
        for look in self.heard:
            if look.port in self.wiring.ports:
                found[look.port][look.mac.upper()] = look
        return found

    @cached_property
    def _table_devices(self) -> frozenset[uuid.UUID]:
        return frozenset(self.wiring.ports[pk].device for pk in self._heard_on)

    @cached_property
    def uplinks(self) -> frozenset[uuid.UUID]:
        """The ports behind which there is another switch: declared, named as neighbour, or heard."""
        return frozenset(pk for pk in self._heard_on if self._is_uplink(pk))

    def _is_uplink(self, pk: uuid.UUID) -> bool:
        here = self.wiring.ports[pk].device
        switches = (self.wiring.switches | self._table_devices) - {here}
        declared = {port.device for far in self.wiring.far_ends.get(pk, ()) if (port := self.wiring.ports.get(far))}
        named = {port.device for port in self._neighbours_on.get(pk, ())}
        owners = {device for mac in self._heard_on[pk] for device in self._devices_with.get(mac, ())}
        return bool(switches & (declared | named | owners)) or self._gathers(pk, here)

    @cached_property
    def _devices_with(self) -> Mapping[str, set[uuid.UUID]]:
        """The devices that have a MAC address on any interface, also on a bridge."""
        found: dict[str, set[uuid.UUID]] = defaultdict(set)
        for port in self.wiring.ports.values():
            if port.mac:
                found[port.mac].add(port.device)
        return found

    @cached_property
    def _neighbours_on(self) -> Mapping[uuid.UUID, list[Port]]:
        found: dict[uuid.UUID, list[Port]] = defaultdict(list)
        for look in self.neighbours:
            found[look.port].extend(self._by_device.get(_short(look.name), ())[:1])
        return found

    def _gathers(self, pk: uuid.UUID, here: uuid.UUID) -> bool:
        """Tell whether MAC addresses are heard here that another switch hears on several of its ports."""
        where: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
        for mac in self._heard_on[pk]:
            for other in self._ports_with.get(mac, ()):
                if (device := self.wiring.ports[other].device) != here:
                    where[device].add(other)
        return any(len(ports) > 1 for ports in where.values())

    @cached_property
    def _ports_with(self) -> Mapping[str, list[uuid.UUID]]:
        found: dict[str, list[uuid.UUID]] = defaultdict(list)
        for pk, macs in self._heard_on.items():
            for mac in macs:
                found[mac].append(pk)
        return found

    @cached_property
    def by_mac_table(self) -> tuple[Link, ...]:
        """The links that MAC tables make likely."""
        found = []
        for mac, owners in self._by_mac.items():
            places = [pk for pk in self._ports_with.get(mac, ()) if pk not in self.uplinks]
            if len(owners) == 1 and len(places) == 1 and owners[0].device != self.wiring.ports[places[0]].device:
                link = self._likely(mac, owners[0], places[0])
                found += [link] if link is not None else []
        once = [link for link in found if not any(link.ends & other.ends for other in found if other is not link)]
        return tuple(sorted(once, key=_order))

    def _likely(self, mac: str, owner: Port, place: uuid.UUID) -> Link | None:
        port = self.wiring.ports[place]
        if owner.device in self._table_devices or port.kind != PHYSICAL:
            return None
        heard = self._heard_on[place]
        others = [one for one in heard if one != mac and not self._belongs_to(one, owner.device)]
        if others:
            return None
        a, b = sorted((owner, port), key=_place)
        look = heard[mac]
        guests = f", and {len(heard) - 1} more of the same machine" if len(heard) > 1 else ""
        says = f"{port} hears {mac}, the address of {owner}{guests}; no other edge port does"
        note = Note(source=look.seen_by or port.device_name, says=says, at=look.at)
        return Link(a=a, b=b, confidence=Confidence.MEDIUM, notes=(note,))

    def _belongs_to(self, mac: str, device: uuid.UUID) -> bool:
        return self.guests.get(mac) == device or any(
            port.device == device and port.mac == mac for port in self.wiring.of_device.get(device, ())
        )

    # ----------------------------------------------------------------------------------------- beside what is declared

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Every link that is seen, the surer evidence first; none by MAC table where neighbours say it already."""
        taken = {pk for link in self.mutual for pk in link.ends}
        return (*self.mutual, *(link for link in self.by_mac_table if not link.ends & taken))

    def proposals(self) -> list[Link]:
        """Return the links between two ports of which neither has a cable."""
        return [link for link in self.links if not any(self.wiring.far_ends.get(pk) for pk in link.ends)]

    def contradictions(self) -> list[Contradiction]:
        """Return the links of which an end has a cable that leads elsewhere, each once."""
        found = []
        for link in self.links:
            for port, other in ((link.a, link.b), (link.b, link.a)):
                declared = sorted(self.wiring.far_ends.get(port.pk, ()), key=str)
                if declared and other.pk not in declared and self._judges(link, port, declared[0]):
                    far = self.wiring.ports[declared[0]]
                    found.append(Contradiction(link=link, port=port, declared=far))
                    break
        return found

    def _judges(self, link: Link, port: Port, declared: uuid.UUID) -> bool:
        """A MAC table only speaks against a cable to a switch that would have heard the address there itself."""
        if link.confidence is Confidence.HIGH:
            return True
        far = self.wiring.ports.get(declared)
        return far is not None and far.device in self._table_devices and port.device not in self._table_devices

    def standing(self, a: uuid.UUID, b: uuid.UUID) -> tuple[Standing, tuple[Note, ...]]:
        """Return what the network says of a cable between two ports, and by which evidence."""
        for link in self.mutual:
            if link.ends == {a, b}:
                return Standing.CONFIRMED, link.notes
        for one in self.contradictions():
            if one.link.ends & {a, b}:
                return Standing.CONTRADICTED, one.link.notes
        looks = [self._named[pair] for pair in ((a, b), (b, a)) if pair in self._named]
        notes = tuple(self.told(look) for look in looks)
        heard = tuple(note for link in self.by_mac_table if link.ends == {a, b} for note in link.notes)
        return (Standing.ONE_END, notes + heard) if notes or heard else (Standing.UNSEEN, ())


def newest(looks: Iterable[Look]) -> tuple[Look, ...]:
    """Return of looks at neighbours the newest of each port; those of one moment stay together."""
    found: dict[uuid.UUID, list[Look]] = defaultdict(list)
    for look in sorted(looks, key=lambda look: (look.at is None, look.at), reverse=True):
        rows = found[look.port]
        if not rows or rows[0].at == look.at:
            rows.append(look)
    return tuple(look for rows in found.values() for look in rows)


def _short(name: str) -> str:
    return name.strip().lower().partition(".")[0]


def _place(port: Port) -> tuple[str, str, str]:
    return port.device_name, port.name, str(port.pk)


def _order(link: Link) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    return _place(link.a), _place(link.b)
