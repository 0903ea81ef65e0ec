"""Sighting in GraphQL, with what is known around it: who made its card, and on which ports the card is heard.

One query answers who has an address, since when, and on which port:

    { sightings(host: "172.16.100.54") { mac vendor seen_by says first_seen last_seen ports { switch port is_edge } } }
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import graphene
from django.utils import timezone
from nautobot.apps.graphql import OptimizedNautobotObjectType

from ..filters import SightingFilterSet
from ..ipam.where import Port, as_seen_by, ports_of
from ..ipam.words import note, vendor
from ..models import Sighting


class HeardOnType(graphene.ObjectType):
    """A port on which a card is heard."""

    switch = graphene.String(description="The box that hears it.")
    port = graphene.String(description="Its port.")
    vlan = graphene.Int(description="In which VLAN.")
    interface_id = graphene.ID(description="The Interface in Nautobot, where it is known.")
    is_edge = graphene.Boolean(description="The port that the card hangs on.")
    is_uplink = graphene.Boolean(description="It leads to another switch that hears the card as well.")
    is_current = graphene.Boolean(description="It was heard there when the switch was last looked at.")
    cards = graphene.Int(description="How many cards are heard there in that VLAN.")
    box = graphene.String(description="What is known to be at the far end.")
    why = graphene.String(description="How it was told that the card hangs there.")
    since = graphene.DateTime(description="Since when it is heard there.")
    last_seen = graphene.DateTime(description="When it was last heard there.")


class SightingType(OptimizedNautobotObjectType):
    """A Sighting."""

    says = graphene.String(description="What was seen, in words.")
    vendor = graphene.String(description="Who made the card.")
    ports = graphene.List(
        HeardOnType,
        at=graphene.DateTime(description="At this moment; left out, now."),
        description="The ports on which its card is heard, the one that it hangs on first.",
    )

    class Meta:
        model = Sighting
        filterset_class = SightingFilterSet

    def resolve_says(self: Sighting, info: Any) -> str:
        """Return what was seen."""
        return note(self)

    def resolve_vendor(self: Sighting, info: Any) -> str:
        """Return who made the card."""
        return vendor(self.mac) if self.mac else ""

    def resolve_ports(self: Sighting, info: Any, at: datetime | None = None) -> Sequence[HeardOnType]:
        """Return where the card is heard, as far as the reader may see it; asked once per card in an answer."""
        moment = min(at, timezone.now()) if at else None
        known: dict[Any, list[Port]] = info.context.__dict__.setdefault("_wow_ports", {})
        name = self.namespace_id, self.mac, moment
        if self.mac and name not in known:
            rows = Sighting.objects.restrict(info.context.user, "view").filter(namespace=self.namespace_id)
            found = ports_of({self.mac}, rows, moment or timezone.now())
            known[name] = as_seen_by(info.context.user, found).get(self.mac, [])
        return [_heard_on(port) for port in known.get(name, ())]


def _heard_on(port: Port) -> HeardOnType:
    names = ("switch", "port", "is_edge", "is_uplink", "is_current", "cards", "box", "why", "since", "last_seen")
    values = {name: getattr(port, name) for name in names}
    return HeardOnType(**values, vlan=port.vid, interface_id=port.interface.pk if port.interface else None)


graphql_types = [SightingType]
