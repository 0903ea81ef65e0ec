"""Two systems that give one machine different addresses in the same network."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count
from nautobot.dcim.models import Device
from nautobot.ipam.models import IPAddress, IPAddressToInterface
from nautobot.virtualization.models import VirtualMachine

from ...choices import Severity
from ...models import Claim
from ..estate import GONE, LEAVING, SHARED, Estate, address_ref, listed
from ..rule import Fault, Ref, Rule, Side


def find(estate: Estate) -> Iterable[Fault]:
    """Find machines with several addresses in one prefix of which one System says this, and another one that."""
    for port, machine, model in (
        ("interface", "interface__device", Device),
        ("vm_interface", "vm_interface__virtual_machine", VirtualMachine),
    ):
        yield from _of(estate, port, machine, model)


def _of(estate: Estate, port: str, machine: str, model: type) -> Iterable[Fault]:
    links = IPAddressToInterface.objects.filter(**{f"{port}__isnull": False})
    links = links.exclude(ip_address__role__name__in=SHARED).exclude(ip_address__status__name=GONE)
    links = links.exclude(**{f"{machine}__status__name": LEAVING}).order_by()
    several = links.values(f"{machine}_id", "ip_address__parent_id").annotate(n=Count("ip_address_id", distinct=True))
    machines = several.filter(n__gt=1).values(f"{machine}_id")
    rows = (
        links.filter(**{f"{machine}__in": machines})
        .order_by(f"{machine}__name", "ip_address__host")
        .values_list(
            f"{machine}_id",
            f"{machine}__name",
            f"{port}__name",
            "ip_address_id",
            "ip_address__host",
            "ip_address__parent_id",
        )
    )
    groups: dict[tuple[uuid.UUID, uuid.UUID], dict[uuid.UUID, tuple[str, str]]] = {}
    names: dict[uuid.UUID, str] = {}
    for pk, name, port_name, address, host, prefix in rows:
        names[pk] = name or "a device"
        groups.setdefault((pk, prefix), {})[address] = (host, port_name)
    groups = {key: found for key, found in groups.items() if len(found) > 1}
    claims = _claims({address for found in groups.values() for address in found})
    for (pk, prefix), held in groups.items():
        disputed = _disputed({address: claims[address] for address in held if address in claims})
        found = {address: held[address] for address in disputed}
        if not found:
            continue
        said = [claims[address] for address in found]
        hosts = [host for host, _ in found.values()]
        yield Fault(
            about=Ref(model=model, pk=pk, name=names[pk]),
            detail=str(prefix),
            involved=tuple(address_ref(address, host) for address, (host, _) in found.items()),
            title=f"{names[pk]} is {listed(hosts)} in {estate.name_of(prefix)}, depending on whom one asks",
            message=f"No System knows all of these addresses of {names[pk]}: each says another one.",
            sides=tuple(
                Side(source=source, says=f"{host} on {port_name}")
                for (host, port_name), sources in zip(found.values(), said, strict=True)
                for source in sorted(set(sources.values()))
            ),
            prefix=prefix,
        )


def _claims(addresses: set[uuid.UUID]) -> dict[uuid.UUID, dict[uuid.UUID, str]]:
    """Return {address: {System: its name}} of what is claimed and not missing."""
    if not addresses:
        return {}
    kind = ContentType.objects.get_for_model(IPAddress)
    rows = Claim.objects.filter(object_type=kind, object_id__in=addresses, missed_runs=0, retired=False).order_by()
    found: dict[uuid.UUID, dict[uuid.UUID, str]] = {}
    for address, system, name in rows.values_list("object_id", "system_id", "system__name"):
        found.setdefault(address, {})[system] = name
    return found


def _disputed(said: dict[uuid.UUID, dict[uuid.UUID, str]]) -> list[uuid.UUID]:
    """Return the addresses beside which there is another one that none of the same Systems claims."""
    return [one for one in said if any(said[one].keys().isdisjoint(said[other]) for other in said)]


RULE = Rule(
    slug="two-versions",
    name="Two versions of one machine's address",
    severity=Severity.WARNING,
    explanation="One system says that a machine has this address in a network, another system says that one, and "
    "neither knows both. One of the two is out of date.",
    cure="See on the machine which address it has, and correct the system or document that is wrong.",
    action="edit",
    find=find,
)
