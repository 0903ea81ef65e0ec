"""An address that is written down for another interface than the one that has it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable

from nautobot.dcim.models import Interface

from ...choices import Severity
from ...models import Claim
from ...records import Kind
from ..estate import Estate, Holder, address_ref, holders, listed, living
from ..rule import Fault, Rule, Side

WORDS = re.compile(r"[^\s,;()]+")
TAGGED = re.compile(r"(?P<base>[^.]+)\.\d{1,4}")
"""A VLAN interface by its name, on the interface that it stands on: vmbr0.160."""


def find(estate: Estate) -> Iterable[Fault]:
    """Find addresses of devices of which a System's words name another interface of the device, and not theirs."""
    claims = Claim.objects.filter(kind=Kind.ADDRESS.value, missed_runs=0, retired=False, values__description__gt="")
    claims = claims.filter(object_id__in=living().filter(interfaces__isnull=False).values("pk"))
    said = list(claims.select_related("system").order_by("system__name", "external_id"))
    if not said:
        return
    having = holders([claim.object_id for claim in said])
    names = _names({holder.machine.pk for found in having.values() for holder in found})
    networks = dict(living().filter(pk__in=list(having)).values_list("pk", "parent_id"))
    for claim in said:
        held = [holder for holder in having.get(claim.object_id, ()) if holder.machine.pk in names]
        other = _other(claim.values["description"], held, names)
        if other:
            yield _fault(claim, held, other, networks.get(claim.object_id))


def _names(devices: set[uuid.UUID]) -> dict[uuid.UUID, set[str]]:
    """Return the names of all interfaces of devices."""
    found: dict[uuid.UUID, set[str]] = {}
    rows = Interface.objects.filter(device__in=devices).order_by().values_list("device_id", "name")
    for device, name in rows:
        found.setdefault(device, set()).add(name)
    return found


def _other(text: str, held: list[Holder], names: dict[uuid.UUID, set[str]]) -> str:
    """Return the interface that a text names, if it is one of the machine's and not one that has the address."""
    words = WORDS.findall(text)
    if not held or any(holder.interface.name in words for holder in held):
        return ""
    known = names[held[0].machine.pk]
    return next((word for word in words if word in known or _base(word) in known), "")


def _base(word: str) -> str:
    found = TAGGED.fullmatch(word)
    return found["base"] if found else ""


def _fault(claim: Claim, held: list[Holder], other: str, prefix: uuid.UUID | None) -> Fault:
    host, machine = claim.external_id, held[0].machine
    places = listed(holder.interface.name for holder in held)
    who = f"{claim.system.name} ({claim.origin})" if claim.origin else claim.system.name
    return Fault(
        about=address_ref(claim.object_id, host),
        detail=str(claim.system_id),
        involved=(machine,),
        title=f"{host} of {machine.name} is on {places}, and written down for {other}",
        message=f"{machine.name} has {host} on {places}; {who} says “{claim.values['description']}”.",
        sides=(
            Side(source="Nautobot", says=f"on {machine.name} {places}"),
            Side(source=who, says=claim.values["description"], at=claim.created),
        ),
        prefix=prefix,
    )


RULE = Rule(
    slug="other-interface",
    name="Written down for another interface",
    severity=Severity.INFO,
    explanation="A system's description of an address names another interface of the machine than the one that has it.",
    cure="See on the machine which interface has it, and correct the document.",
    action="edit",
    find=find,
)
