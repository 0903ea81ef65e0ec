"""A guest on a network that is restricted, without anybody having said why."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef
from nautobot.ipam.models import IPAddressToInterface

from ...choices import AllocationState, Severity
from ...models import Allocation
from ..estate import GONE, LEAVING, Estate, address_ref
from ..rule import Fault, Ref, Rule, Side


def find(estate: Estate) -> Iterable[Fault]:
    """Find guests with an address in a prefix of a restricted profile that was not given to them with a reason."""
    from nautobot.virtualization.models import VirtualMachine

    closed: dict[object, str] = {}
    for one in estate.profiles:
        if one.restricted:
            closed.update((pk, one.name) for pk in (one.prefix_id, one.prefix6_id) if pk)
    if not closed:
        return
    reasoned = Allocation.objects.filter(
        address=OuterRef("ip_address"), state__in=(AllocationState.HELD, AllocationState.USED)
    ).exclude(justification="")
    links = IPAddressToInterface.objects.filter(vm_interface__isnull=False, ip_address__parent__in=list(closed))
    links = links.exclude(vm_interface__virtual_machine__status__name=LEAVING).exclude(ip_address__status__name=GONE)
    links = links.exclude(ip_address__role__name="VIP").filter(~Exists(reasoned.order_by()))
    rows = links.order_by("ip_address__host").values_list(
        "ip_address_id", "ip_address__host", "ip_address__parent_id", "vm_interface__virtual_machine_id",
        "vm_interface__virtual_machine__name",
    )  # fmt: skip
    for pk, host, prefix, guest, name in rows.distinct():
        network = closed[prefix]
        yield Fault(
            about=Ref(model=VirtualMachine, pk=guest, name=name),
            detail=host,
            involved=(address_ref(pk, host),),
            title=f"{name} is on the restricted network {network} ({host})",
            message=f"{name} has {host}, in {estate.name_of(prefix)}. The network profile {network} is restricted: "
            "who is there needs a reason, and none was given.",
            sides=(
                Side(source="Nautobot", says=f"{name} has {host}"),
                Side(source="Network profiles", says=f"{network} is restricted"),
            ),
            prefix=prefix,
        )


RULE = Rule(
    slug="restricted-network",
    name="Guest on a restricted network",
    severity=Severity.WARNING,
    explanation="A network profile says that its network is restricted, and a guest is there without a justification.",
    cure="Move the guest to another network. If it has to stay, acknowledge this and say why.",
    action="move",
    find=find,
)
