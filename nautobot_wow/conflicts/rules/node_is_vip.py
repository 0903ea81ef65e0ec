"""The address of a machine that is also said to be a virtual one."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from nautobot.dcim.models import Device
from nautobot.ipam.models import IPAddress
from nautobot.load_balancers.models import VirtualServer
from nautobot.virtualization.models import VirtualMachine

from ...choices import Severity
from ...models import Claim
from ...records import Kind
from ..estate import LEAVING, Estate, address_ref, listed, living
from ..rule import Fault, Ref, Rule, Side


def find(estate: Estate) -> Iterable[Fault]:
    """Find addresses that are a VIP by their role, a virtual server or a claim, and the primary one of a machine."""
    claimed = Claim.objects.filter(kind=Kind.ADDRESS.value, values__role="VIP", missed_runs=0).order_by()
    virtual = Q(role__name="VIP") | Q(pk__in=claimed.values("object_id"))
    virtual |= Q(pk__in=VirtualServer.objects.order_by().values("vip_id"))
    owners = list(_primaries(virtual))
    by_address: dict[object, list[Ref]] = {}
    for address, owner in owners:
        by_address.setdefault(address, []).append(owner)
    rows = living().filter(pk__in=list(by_address)).order_by("host")
    for pk, host, prefix, role in rows.values_list("pk", "host", "parent_id", "role__name"):
        who = by_address[pk]
        yield Fault(
            about=address_ref(pk, host),
            involved=tuple(who),
            title=f"{host} is the address of {listed(who)} and a VIP",
            message=f"{host} is the primary address of {listed(who)}, and is also said to be a virtual address (VIP). "
            "A VIP must be able to move; when it does, the machine loses its own address.",
            sides=(
                *(Side(source="Nautobot", says=f"primary address of {one.name}") for one in who),
                *([Side(source="Nautobot", says="its role is VIP")] if role == "VIP" else []),
            ),
            prefix=prefix,
        )


def _primaries(virtual: Q) -> Iterable[tuple[object, Ref]]:
    addresses = IPAddress.objects.filter(virtual).order_by().values("pk")
    for model in (Device, VirtualMachine):
        for field in ("primary_ip4_id", "primary_ip6_id"):
            rows = model.objects.filter(**{f"{field}__in": addresses}).exclude(status__name=LEAVING).order_by("name")
            for pk, name, address in rows.values_list("pk", "name", field):
                yield address, Ref(model=model, pk=pk, name=name or "a device")


RULE = Rule(
    slug="node-is-vip",
    name="Address of a machine that is also a VIP",
    severity=Severity.CRITICAL,
    explanation="One source says that an address is virtual (of an API, an ingress, a load balancer), another that it "
    "is a machine's own. Whoever reaches for the one gets the other.",
    cure="Ask the cluster which address its VIP really has. Correct the document or the role that is wrong; if the VIP "
    "does have it, give the machine another address first.",
    action="edit",
    find=find,
)
